/** The form of a handler's head: parameters, return type, documentation, async. */

import { Check, Segmented, TextField } from "../../app/parts.tsx";
import { useTyped } from "../../app/typing.ts";
import type { FlowState } from "./state.ts";

interface Props {
  state: FlowState;
  refused: { field: string; text: string } | undefined;
  onChange: (args: { parameters?: string; returns?: string; documentation?: string; is_async?: boolean }) => void;
  onRename: (name: string) => void;
}

export function HeadForm({ state, refused, onChange, onRename }: Props) {
  const problem = (field: string): string | undefined => (refused?.field === field ? refused.text : undefined);
  const form = `head:${state.handler}`;
  return (
    <div class="stepform">
      {state.fixedHead ? (
        <FixedHead state={state} problem={problem("parameters")} onChange={onChange} />
      ) : (
        <>
          {state.isConstructor ? (
            <p class="help">The constructor: Python finds it by its name, and it returns nothing.</p>
          ) : (
            <Text form={form} label="Name" value={state.name} problem={problem("name") ?? problem("Name") ?? problem("new_name")} onCommit={onRename} />
          )}
          <Text form={form} label="Parameters" value={state.parameterText} problem={problem("parameters")} onCommit={(parameters) => onChange({ parameters })} />
          {state.isConstructor ? null : <Text form={form} label="Return Type" value={state.returns} problem={problem("returns")} onCommit={(returns) => onChange({ returns })} />}
        </>
      )}
      <Text form={form} label="Documentation" value={state.documentation} problem={problem("documentation")} rows={3} onCommit={(documentation) => onChange({ documentation })} />
      {state.isConstructor && !state.isAsync ? null : (
        <Check
          label="Asynchronous (async def): may await"
          checked={state.isAsync}
          onChange={(is_async) => onChange({ is_async })}
        />
      )}
    </div>
  );
}

const WITH_CALLER = "caller: tcp.Caller, data: bytes";
const DATA_ONLY = "data: bytes";

/** The kit calls a handler by its name and its parameters: both are locked, save that on_bytes may ask for its caller. */
function FixedHead({ state, problem, onChange }: { state: FlowState; problem: string | undefined; onChange: Props["onChange"] }) {
  const choices = [
    [DATA_ONLY, "data"],
    [WITH_CALLER, "caller, data"],
  ] as const;
  const known = choices.some(([text]) => text === state.parameterText);
  return (
    <>
      <p class="help">The kit calls {state.name}: its name and its types are locked.</p>
      {state.name === "on_bytes" && known ? (
        <div class="f">
          <span class="lab">Parameters</span>
          <Segmented label="Parameters" value={state.parameterText} options={choices} onChange={(parameters) => onChange({ parameters })} />
          {problem ? (
            <div class="prob" role="alert">
              {problem}
            </div>
          ) : (
            <p class="help">With caller, on_bytes can write several answers, and to others.</p>
          )}
        </div>
      ) : (
        <TextField label="Parameters" mono readOnly value={state.parameterText || "none"} onInput={() => undefined} />
      )}
      <TextField label="Return Type" mono readOnly value={state.returns || "none"} onInput={() => undefined} />
    </>
  );
}

function Text(props: { form: string; label: string; value: string; rows?: number; problem?: string | undefined; onCommit: (value: string) => void }) {
  const typed = useTyped(props.value, props.form, props.label);
  return (
    <TextField
      label={props.label}
      mono={!props.rows}
      rows={props.rows}
      value={typed.text}
      problem={props.problem}
      onInput={typed.type}
      onCommit={(value) => {
        if (value === props.value) return;
        typed.give(value);
        props.onCommit(value);
      }}
    />
  );
}
