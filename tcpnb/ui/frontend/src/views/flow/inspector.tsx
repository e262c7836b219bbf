/** Beside the flow: the form of the selected step, of one that is being added, or of the handler itself. */

import { useRef } from "preact/hooks";
import type { Pane } from "../../app/circle.ts";
import type { Assist, Insertion } from "./expression.tsx";
import { StepForm } from "./form.tsx";
import { HeadForm } from "./head.tsx";
import { type KindSpec, keyOf, type StepState } from "./model.ts";
import { InScope } from "./pieces.tsx";
import type { FlowState } from "./state.ts";
import type { FlowDesk } from "./use_flow.ts";
import { helpOf } from "./values.ts";

/** What stands in the inspector and its title; nothing when nothing is open. */
export function inspectorOf(pane: Pane<FlowState>, state: FlowState, flow: FlowDesk) {
  const step = flow.shownDraft?.step ?? (flow.open === "step" ? flow.step : undefined);
  const spec = step ? state.palette.kinds[step.kind] : undefined;
  if (step && spec) {
    const title = flow.shownDraft ? `New ${spec.label}` : spec.label;
    return { title, body: <StepInspector pane={pane} state={state} flow={flow} step={step} spec={spec} /> };
  }
  if (flow.open !== "head") return undefined;
  const body = (
    <HeadForm
      state={state}
      refused={flow.refused}
      onChange={(args) => void flow.make("change_head", args, "Handler changed", false)}
      onRename={flow.rename}
    />
  );
  return { title: state.name, body };
}

interface Props {
  pane: Pane<FlowState>;
  state: FlowState;
  flow: FlowDesk;
  step: StepState;
  spec: KindSpec;
}

function StepInspector({ pane, state, flow, step, spec }: Props) {
  const insertion: Insertion = useRef(undefined);
  const form = useRef<HTMLDivElement>(null);
  const { names, path, make } = flow;
  const draft = flow.shownDraft;
  const asked = draft?.path ?? path ?? [0];
  const assist = (text: string, cursor: number, editor: string): Promise<Assist> => pane.wish<Assist>("assist", { path: asked, text, cursor, editor });
  const help = helpOf(pane, { path: asked });
  /** The field in use, else the one that takes an expression. */
  const inUse = (which: string): Insertion["current"] => {
    const active = form.current?.contains(document.activeElement) && document.activeElement?.closest(".exprf");
    if (!active) form.current?.querySelector<HTMLElement>(which)?.focus();
    return insertion.current;
  };
  /** The helper of the field in use, or of the first that has one. */
  const more = (which: string): void => {
    if (!inUse(which)?.help) form.current?.querySelector<HTMLElement>(which)?.focus();
    insertion.current?.help?.();
  };
  const takesValues = spec.fields.some((each) => each.editor === "expression" || each.editor === "call");
  return (
    <div ref={form}>
      <StepForm
        key={draft ? `new ${step.kind}` : keyOf(path ?? [])}
        spec={spec}
        step={step}
        isNew={draft !== undefined}
        names={names}
        classes={state.classes}
        refused={flow.refused}
        assist={assist}
        insertion={insertion}
        help={help}
        returns={state.returns}
        onFields={flow.changeFields}
        onBlocks={flow.changeBlocks}
        onComment={(comment) => path && void make("change_step", { path, comment }, "Comment changed", false)}
        onAdd={flow.addDraft}
        onCancel={flow.cancelDraft}
        onFix={(problem) => void make("fix", { code: problem.code, text: problem.text }, "Mended", false)}
        busy={flow.busy}
      />
      <InScope
        names={names}
        onInsert={spec.fields.length ? (name) => inUse("[name=expression],[name=call],.exprf input,.exprf textarea")?.insert(name) : undefined}
        onMore={takesValues ? () => more(".valuefield :is(input, textarea)") : undefined}
      />
    </div>
  );
}
