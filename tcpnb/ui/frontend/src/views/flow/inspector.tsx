/** Beside the flow: the form of the selected step, of one that is being added, or of the handler itself. */

import type { Pane } from "../../app/circle.ts";
import type { Assist } from "./expression.tsx";
import { StepForm } from "./form.tsx";
import { HeadForm } from "./head.tsx";
import { keyOf } from "./model.ts";
import { InScope } from "./pieces.tsx";
import type { FlowState } from "./state.ts";
import type { FlowDesk } from "./use_flow.ts";

/** What stands in the inspector and its title; nothing when nothing is open. */
export function inspectorOf(pane: Pane<FlowState>, state: FlowState, flow: FlowDesk) {
  const { draft, names, path, make } = { ...flow, draft: flow.shownDraft };
  const step = draft?.step ?? (flow.open === "step" ? flow.step : undefined);
  const spec = step ? state.palette.kinds[step.kind] : undefined;
  if (step && spec) {
    const asked = draft?.path ?? path ?? [0];
    const assist = (text: string, cursor: number, editor: string): Promise<Assist> => pane.wish<Assist>("assist", { path: asked, text, cursor, editor });
    const body = (
      <>
        <StepForm
          key={draft ? `new ${step.kind}` : keyOf(path ?? [])}
          spec={spec}
          step={step}
          isNew={draft !== undefined}
          names={names}
          classes={state.classes}
          refused={flow.refused}
          assist={assist}
          onFields={flow.changeFields}
          onBlocks={flow.changeBlocks}
          onComment={(comment) => path && void make("change_step", { path, comment }, "Comment changed", false)}
          onAdd={flow.addDraft}
          onCancel={flow.cancelDraft}
          onFix={(problem) => void make("fix", { code: problem.code, text: problem.text }, "Mended", false)}
          busy={flow.busy}
        />
        <InScope names={names} />
      </>
    );
    return { title: draft ? `New ${spec.label}` : spec.label, body };
  }
  if (flow.open !== "head") return undefined;
  const body = <HeadForm state={state} refused={flow.refused} onChange={(args) => void make("change_head", args, "Handler changed", false)} />;
  return { title: state.name, body };
}
