/** The form of a handler's head: parameters, return type, documentation, async. */

import { useEffect, useState } from "preact/hooks";
import { Check, TextField } from "../../app/parts.tsx";
import type { FlowState } from "./index.tsx";

interface Props {
  state: FlowState;
  refused: { field: string; text: string } | undefined;
  onChange: (args: { parameters?: string; returns?: string; documentation?: string; is_async?: boolean }) => void;
}

export function HeadForm({ state, refused, onChange }: Props) {
  const problem = (field: string): string | undefined => (refused?.field === field ? refused.text : undefined);
  return (
    <div class="stepform">
      {state.fixedHead ? <p class="help">{state.name} is called by the kit: its name stays, its parameters have fixed meanings.</p> : null}
      <Text label="Parameters" value={state.parameterText} problem={problem("parameters")} onCommit={(parameters) => onChange({ parameters })} />
      <Text label="Return Type" value={state.returns} problem={problem("returns")} onCommit={(returns) => onChange({ returns })} />
      <Text label="Documentation" value={state.documentation} problem={problem("documentation")} rows={3} onCommit={(documentation) => onChange({ documentation })} />
      <Check
        label="Asynchronous (async def): may await"
        checked={state.isAsync}
        onChange={(is_async) => onChange({ is_async })}
      />
    </div>
  );
}

function Text(props: { label: string; value: string; rows?: number; problem?: string | undefined; onCommit: (value: string) => void }) {
  const [text, setText] = useState(props.value);
  useEffect(() => setText(props.value), [props.value]);
  return (
    <TextField
      label={props.label}
      mono={!props.rows}
      rows={props.rows}
      value={text}
      problem={props.problem}
      onInput={setText}
      onCommit={(value) => {
        if (value !== props.value) props.onCommit(value);
      }}
    />
  );
}
