/** "+ Method": a helper method of the class. */

import { useEffect, useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { useRested } from "../../app/hooks.ts";
import { Button, Check, TextField } from "../../app/parts.tsx";
import { useDraft } from "../../app/typing.ts";
import type { EditWish } from "../flow/edits.ts";
import { type Assist, ExpressionField } from "../flow/expression.tsx";
import type { ClassState } from "./model.ts";

interface Props {
  pane: Pane<ClassState>;
  state: ClassState;
  edit: EditWish;
  /** Under which name its fields outlive a reload. */
  form: string;
  onClose: () => void;
  onDone: (handler: string) => void;
}

export function MethodForm({ pane, state, edit, form, onClose, onDone }: Props) {
  const [name, setName] = useDraft(form, "name", "");
  const [parameters, setParameters] = useDraft(form, "parameters", "");
  const [returns, setReturns] = useDraft(form, "returns", "");
  const [documentation, setDocumentation] = useDraft(form, "documentation", "");
  const [isAsync, setAsync] = useDraft<boolean>(form, "async", false);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const rested = useRested(JSON.stringify({ name, parameters, returns, is_async: isAsync }), 200);
  useEffect(() => {
    const asked = JSON.parse(rested) as { name: string };
    if (!asked.name) return setProblems({});
    let current = true;
    pane.wish<{ problems: Record<string, string> }>("check_method", asked).then(
      (found) => current && setProblems(found.problems),
      (error) => current && pane.fail(error),
    );
    return () => {
      current = false;
    };
  }, [rested]);
  const why = !name ? "A method needs a name" : Object.values(problems).find(Boolean);
  const save = (): void => {
    if (why) return;
    edit<{ handler: string }>("add_method", { name, parameters, returns, documentation, is_async: isAsync }).then(
      (made) => onDone(made.handler),
      (error: unknown) => {
        const problem = problemOf(error);
        setProblems({ [problem.field || "name"]: problem.text });
      },
    );
  };
  const construct = (): void => {
    edit<{ handler: string }>("add_method", { name: "__init__" }).then(
      (made) => onDone(made.handler),
      (error: unknown) => setProblems({ constructor: problemOf(error).text }),
    );
  };
  const assist = (text: string, cursor: number, editor: string): Promise<Assist> => pane.wish<Assist>("assist", { text, cursor, editor });
  const enter = (event: KeyboardEvent): void => {
    if (event.key === "Enter") save();
  };
  return (
    <div
      class="varform"
      role="form"
      aria-label="Add Method"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      {state.hasConstructor ? null : (
        <div class="f">
          <div class="line">
            <Button icon="plus" onClick={construct}>
              Init (__init__)
            </Button>
            <span class="help">{constructorHelp(state)}</span>
          </div>
          {problems["constructor"] ? (
            <div class="prob" role="alert">
              {problems["constructor"]}
            </div>
          ) : null}
        </div>
      )}
      <div class="varfields">
        <TextField label="Method Name" required mono autoFocus value={name} problem={problems["name"] ?? problems[""]} onInput={setName} onKeyDown={enter} />
        <TextField label="Parameters" mono placeholder="text: str, times: int = 1" value={parameters} problem={problems["parameters"]} onInput={setParameters} onKeyDown={enter} />
        <ExpressionField label="Return Type" editor="type" live value={returns} problem={problems["returns"]} assist={assist} onCommit={setReturns} onEnter={save} />
      </div>
      <TextField label="Documentation" value={documentation} onInput={setDocumentation} onKeyDown={enter} />
      <Check label="Asynchronous (async def): may await" checked={isAsync} onChange={setAsync} />
      <div class="line">
        <Button look="primary" why={why} onClick={save}>
          Add
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </div>
  );
}

/** What a constructor would begin with. */
function constructorHelp(state: ClassState): string {
  if (state.service) return "The constructor: runs once, when the service is made.";
  return state.takes ? `The constructor, which takes what ${state.name} takes now: ${state.takes.replace(/^\*, /, "")}` : "The constructor: runs when an instance is made.";
}
