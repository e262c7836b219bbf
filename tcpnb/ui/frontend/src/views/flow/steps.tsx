/** The steps as nested boxes: each box a button, each gap an "Add step". */

import { memo } from "preact/compat";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { Icon } from "../../app/icons.tsx";
import { Badge, Button, cx, Menu, Tile } from "../../app/parts.tsx";
import { lookOf } from "./kinds.ts";
import { type BlockState, countSteps, endsList, keyOf, type Palette, type Path, pathOf, type StepState } from "./model.ts";

/** What a step can ask of the flow that it stands in. */
export interface FlowActions {
  palette: Palette;
  select(path: Path, open: boolean): void;
  add(path: Path): void;
  remove(path: Path): void;
  duplicate(path: Path): void;
  move(path: Path, direction: "up" | "down" | "in" | "out"): void;
  showText(step: StepState): void;
  showLog(): void;
  toggle(id: string): void;
  dragged(path: Path | undefined): void;
  allows(to: Path): boolean;
  drop(to: Path): void;
}

export interface FlowView {
  actions: FlowActions;
  selected: string;
  /** The path whose gap has the palette or the new step. */
  gap: string;
  collapsed: ReadonlySet<string>;
  draft: preact.ComponentChildren;
}

export const Flow = createContext<FlowView | null>(null);

function useFlow(): FlowView {
  const flow = useContext(Flow);
  if (!flow) throw new Error("a step stands outside of a flow");
  return flow;
}

/** A list of steps with a gap before each, and the words "Add step" where it ends. */
export function StepList({ steps, base, top }: { steps: StepState[]; base: Path; top?: boolean }) {
  const ended = endsList(steps.at(-1));
  return (
    <div class="steps" role="list" aria-label={top ? "Steps" : undefined}>
      {steps.map((step, index) => (
        <div role="listitem" key={step.id || index} class="item">
          {index > 0 || top ? <Gap at={keyOf([...base, index])} /> : <Gap at={keyOf([...base, index])} first />}
          <StepBox step={step} at={keyOf([...base, index])} />
        </div>
      ))}
      {ended ? null : (
        <div role="listitem">
          <Gap at={keyOf([...base, steps.length])} last />
        </div>
      )}
    </div>
  );
}

function Gap({ at, last, first }: { at: string; last?: boolean; first?: boolean }) {
  const { actions, gap, draft } = useFlow();
  const path = pathOf(at);
  const open = gap === at;
  return (
    <>
      <div
        class={cx("gap", last && "last", first && "first", open && "open")}
        data-gap={at}
        onDragOver={(event) => {
          if (!actions.allows(path)) return;
          event.preventDefault();
          event.currentTarget.classList.add("over");
        }}
        onDragLeave={(event) => event.currentTarget.classList.remove("over")}
        onDrop={(event) => {
          event.preventDefault();
          event.currentTarget.classList.remove("over");
          actions.drop(path);
        }}
      >
        <button
          type="button"
          class="add"
          aria-label="Add step"
          title="Add step"
          data-rove={last ? true : undefined}
          tabIndex={-1}
          aria-expanded={open}
          onClick={() => actions.add(path)}
        >
          <Icon name="plus" small />
          {last || open ? <span>Add step</span> : null}
        </button>
      </div>
      {open ? draft : null}
    </>
  );
}

const StepBox = memo(function StepBox({ step, at }: { step: StepState; at: string }) {
  const { actions, collapsed } = useFlow();
  const spec = actions.palette.kinds[step.kind];
  const label = spec?.label ?? step.kind;
  const closed = collapsed.has(step.id);
  const blocks = step.blocks ?? [];
  const head = <StepHead step={step} at={at} label={label} closed={closed} />;
  if (blocks.length === 0) return head;
  const { tone } = lookOf(step.kind);
  return (
    <div class={cx("blk", tone, step.unreachable && "never")}>
      {head}
      {closed ? null : blocks.map((block, number) => <BlockBox key={number} block={block} first={number === 0} base={[...pathOf(at), number]} holder={at} />)}
    </div>
  );
});

function StepHead({ step, at, label, closed }: { step: StepState; at: string; label: string; closed: boolean }) {
  const { actions, selected } = useFlow();
  const path = pathOf(at);
  const { icon, tone } = lookOf(step.kind);
  const problems = step.problems ?? [];
  const worst = problems.find((each) => each.severity === "error") ?? problems[0];
  const isSelected = selected === at;
  const hidden = closed ? (step.blocks ?? []).reduce((sum, block) => sum + countSteps(block.steps), 0) : 0;
  const words = step.blocks?.length && !step.summary ? "" : step.summary;
  return (
    <div
      class={cx("step", isSelected && "sel", worst?.severity === "error" && "bad", step.failed && "failed", step.unreachable && "never")}
      draggable
      data-step={at}
      onDragStart={(event) => {
        event.stopPropagation();
        event.dataTransfer?.setData("text/x-tcpnb-step", at);
        if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
        actions.dragged(path);
      }}
      onDragEnd={() => actions.dragged(undefined)}
    >
      <span class="grip" aria-hidden="true" title="Drag, or Alt+↑ and Alt+↓">
        <Icon name="grip" />
      </span>
      <button
        type="button"
        class="face inside"
        data-rove
        data-path={at}
        tabIndex={isSelected ? 0 : -1}
        aria-current={isSelected ? "true" : undefined}
        aria-expanded={step.blocks?.length ? !closed : undefined}
        onClick={() => actions.select(path, true)}
        onDblClick={() => step.blocks?.length && actions.toggle(step.id)}
      >
        <Tile icon={icon} tone={tone} />
        <span class="ti">{label}</span>
        {step.kind === "error_handler" ? <span class="pl cut">{words}</span> : <code class="cut">{words}</code>}
        {hidden ? <Badge>{hidden === 1 ? "1 step" : `${hidden} steps`} folded</Badge> : null}
        {step.comment ? (
          <span class="has" title={step.comment}>
            <Icon name="note" small />
          </span>
        ) : null}
        {step.unreachable ? <Badge tone="warn">never runs</Badge> : null}
        {step.failed ? (
          <span class="badge prb" data-tone="error" title={`failed: ${step.failed}`}>
            <Icon name="reset" small />
            <span class="cut">failed: {step.failed}</span>
          </span>
        ) : null}
        {worst && !(step.unreachable && worst.code.includes("unreachable")) ? (
          <span class="badge prb" data-tone={worst.severity} title={problems.map((each) => each.text).join("\n")}>
            <Icon name={worst.severity === "error" ? "err" : "warn"} small />
            <span class="cut">{worst.text}</span>
          </span>
        ) : null}
      </button>
      {step.blocks?.length ? (
        <Button
          icon={closed ? "cr" : "cd"}
          label={closed ? "Unfold" : "Fold"}
          look="ghost"
          size="small"
          tabIndex={-1}
          onClick={() => actions.toggle(step.id)}
        />
      ) : null}
      <Menu
        label="Step actions"
        size="small"
        items={[
          { label: "Edit", icon: "edit", onSelect: () => actions.select(path, true) },
          { label: "Source", icon: "code", onSelect: () => actions.showText(step) },
          { label: "Duplicate", icon: "copy", onSelect: () => actions.duplicate(path) },
          { label: "Move up", icon: "max", onSelect: () => actions.move(path, "up") },
          { label: "Move down", icon: "cd", onSelect: () => actions.move(path, "down") },
          { label: "Move into block", icon: "sub", onSelect: () => actions.move(path, "in") },
          ...(path.length > 2 ? [{ label: "Move out of block", icon: "cl" as const, onSelect: () => actions.move(path, "out") }] : []),
          ...(step.failed ? [{ label: "Show in Live Log", icon: "logi" as const, onSelect: () => actions.showLog() }] : []),
          { label: "Delete", icon: "trash", danger: true, onSelect: () => actions.remove(path) },
        ]}
      />
    </div>
  );
}

const NAMELESS = new Set(["body", "if", "try"]);

function BlockBox({ block, first, base, holder }: { block: BlockState; first: boolean; base: Path; holder: string }) {
  const { actions } = useFlow();
  return (
    <div class="blockbox" role="group" aria-label={`${block.label} ${block.summary}`.trim()}>
      {first && NAMELESS.has(block.role) ? null : (
        <button type="button" class="br inside" tabIndex={-1} onClick={() => actions.select(pathOf(holder), true)}>
          {block.label}
          {block.summary ? <code class="cut">{block.summary}</code> : null}
        </button>
      )}
      <div class="in2">
        <StepList steps={block.steps} base={base} />
      </div>
    </div>
  );
}
