/** The steps as nested boxes: each box a button, each gap an "Add step". */

import { type ComponentChildren, createContext } from "preact";
import { memo } from "preact/compat";
import { useContext } from "preact/hooks";
import { Icon } from "../../app/icons.tsx";
import { Badge, Button, cx, Menu, Tile } from "../../app/parts.tsx";
import type { FlowActions } from "./actions.ts";
import { lookOf } from "./kinds.ts";
import { type BlockState, countSteps, endsList, keyOf, type Path, pathOf, type StepState } from "./model.ts";

export const Actions = createContext<FlowActions | null>(null);

function useActions(): FlowActions {
  const actions = useContext(Actions);
  if (!actions) throw new Error("a step stands outside of a flow");
  return actions;
}

/** How a part of the flow looks; a step gets only what is said of it, and is drawn anew only when that changes. */
interface Look {
  /** The key of the selected step; empty where it is elsewhere. */
  selected: string;
  /** The key of the gap that has the palette or the new step; empty where it is elsewhere. */
  gap: string;
  /** What stands in that gap. */
  draft: ComponentChildren;
  folded: ReadonlySet<string>;
}

function isInside(key: string, at: string): boolean {
  return key === at || key.startsWith(`${at}.`);
}

/** A long list is drawn in parts: the browser skips those that are out of sight. */
const PART = 8;
const LONG = 64;

type ListProps = Look & { steps: StepState[]; base: Path; top?: boolean };

/** A list of steps with a gap before each, and the words "Add step" where it ends. */
export function StepList({ steps, base, top, ...look }: ListProps) {
  const item = (step: StepState, index: number) => {
    const at = keyOf([...base, index]);
    const hasGap = isInside(look.gap, at);
    return (
      <div role="listitem" key={step.id || index} class="item">
        <Gap at={at} first={index === 0 && !top} open={look.gap === at} draft={look.gap === at ? look.draft : null} />
        <StepBox
          step={step}
          at={at}
          selected={isInside(look.selected, at) ? look.selected : ""}
          gap={hasGap ? look.gap : ""}
          draft={hasGap ? look.draft : null}
          folded={look.folded}
        />
      </div>
    );
  };
  const end = keyOf([...base, steps.length]);
  return (
    <div class="steps" role="list" aria-label={top ? "Steps" : undefined}>
      {steps.length < LONG ? steps.map(item) : parts(steps).map((part, number) => (
        <div class="part" role="presentation" key={number}>
          {part.map((step, index) => item(step, number * PART + index))}
        </div>
      ))}
      {endsList(steps.at(-1)) ? null : (
        <div role="listitem">
          <Gap at={end} last open={look.gap === end} draft={look.gap === end ? look.draft : null} />
        </div>
      )}
    </div>
  );
}

function parts(steps: StepState[]): StepState[][] {
  return Array.from({ length: Math.ceil(steps.length / PART) }, (_, number) => steps.slice(number * PART, (number + 1) * PART));
}

interface GapProps {
  at: string;
  open: boolean;
  draft: ComponentChildren;
  first?: boolean;
  last?: boolean;
}

const Gap = memo(function Gap({ at, last, first, open, draft }: GapProps) {
  const actions = useActions();
  const path = pathOf(at);
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
});

type StepProps = Look & { step: StepState; at: string };

const StepBox = memo(function StepBox({ step, at, ...look }: StepProps) {
  const closed = look.folded.has(step.id);
  const blocks = step.blocks ?? [];
  const head = <StepHead step={step} at={at} isSelected={look.selected === at} closed={closed} />;
  if (blocks.length === 0) return head;
  const { tone } = lookOf(step.kind);
  return (
    <div class={cx("blk", tone, step.unreachable && "never")}>
      {head}
      {closed ? null : blocks.map((block, number) => <BlockBox key={number} block={block} first={number === 0} base={[...pathOf(at), number]} holder={at} {...look} />)}
    </div>
  );
});

interface HeadProps {
  step: StepState;
  at: string;
  isSelected: boolean;
  closed: boolean;
}

const StepHead = memo(function StepHead({ step, at, isSelected, closed }: HeadProps) {
  const actions = useActions();
  const path = pathOf(at);
  const { icon, tone } = lookOf(step.kind);
  const worst = worstOf(step);
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
        <Words step={step} closed={closed} />
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
      <StepMenu step={step} path={path} isSelected={isSelected} />
    </div>
  );
});

function worstOf(step: StepState) {
  const problems = step.problems ?? [];
  return problems.find((each) => each.severity === "error") ?? problems[0];
}

/** What a step says on its face: its label, its gist, and what is wrong with it. */
function Words({ step, closed }: { step: StepState; closed: boolean }) {
  const { palette } = useActions();
  const worst = worstOf(step);
  const hidden = closed ? (step.blocks ?? []).reduce((sum, block) => sum + countSteps(block.steps), 0) : 0;
  return (
    <>
      <span class="ti">{palette.kinds[step.kind]?.label ?? step.kind}</span>
      {step.kind === "error_handler" ? <span class="pl cut">{step.summary}</span> : <code class="cut">{step.summary}</code>}
      {hidden ? <Badge>{hidden === 1 ? "1 step" : `${hidden} steps`} folded</Badge> : null}
      {step.comment ? (
        <span class="has" title={step.comment}>
          <Icon name="note" small />
        </span>
      ) : null}
      {step.unreachable ? <Badge tone="warn">never runs</Badge> : null}
      {step.failed ? <Mark severity="error" icon="reset" text={`failed: ${step.failed}`} /> : null}
      {worst && !(step.unreachable && worst.code.includes("unreachable")) ? (
        <Mark
          severity={worst.severity}
          icon={worst.severity === "error" ? "err" : "warn"}
          text={step.failed ? "" : worst.text}
          title={(step.problems ?? []).map((each) => each.text).join("\n")}
        />
      ) : null}
    </>
  );
}

/** What is wrong with a step, in words; without them its icon tells, and its tooltip says. */
function Mark({ severity, icon, text, title }: { severity: string; icon: "err" | "warn" | "reset"; text: string; title?: string }) {
  return (
    <span class="badge prb" data-tone={severity} title={title ?? text}>
      <Icon name={icon} small />
      {text ? <span class="cut">{text}</span> : <span class="only-read">{title}</span>}
    </span>
  );
}

function StepMenu({ step, path, isSelected }: { step: StepState; path: Path; isSelected: boolean }) {
  const actions = useActions();
  return (
    <Menu
      label="Step actions"
      size="small"
      tabIndex={isSelected ? 0 : -1}
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
  );
}

const NAMELESS = new Set(["body", "if", "try"]);

type BlockProps = Look & { block: BlockState; first: boolean; base: Path; holder: string };

function BlockBox({ block, first, base, holder, ...look }: BlockProps) {
  const actions = useActions();
  return (
    <div class="blockbox" role="group" aria-label={`${block.label} ${block.summary}`.trim()}>
      {first && NAMELESS.has(block.role) ? null : (
        <button type="button" class="br inside" tabIndex={-1} onClick={() => actions.select(pathOf(holder), true)}>
          {block.label}
          {block.summary ? <code class="cut">{block.summary}</code> : null}
        </button>
      )}
      <div class="in2">
        <StepList steps={block.steps} base={base} {...look} />
      </div>
    </div>
  );
}
