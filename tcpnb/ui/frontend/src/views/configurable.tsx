/** The form of a configurable value: read from the environment when the file runs. */

import { useEffect, useState } from "preact/hooks";
import { problemOf } from "../app/circle.ts";
import { Loading, PaneProblem } from "../app/frame.tsx";
import { useAround, useLeaveGuard, usePane, useRested } from "../app/hooks.ts";
import { Button, TextField, ViewHeader } from "../app/parts.tsx";

interface Values {
  name: string;
  variable: string;
  default: string;
  type: string;
}

interface State {
  file: string;
  name: string;
  exists: boolean;
  values: Values;
}

const TYPES = ["int", "str", "bool", "float", "bytes"];

export function Configurable({ args }: { args: { name?: string } }) {
  const pane = usePane<State>("configurable", args);
  const { go } = useAround();
  const [typed, setTyped] = useState<Partial<Values>>({});
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const state = pane.state;
  const values: Values = { name: "", variable: "", default: "", type: "", ...state?.values, ...typed };
  const changed = state !== undefined && (JSON.stringify(values) !== JSON.stringify(state.values) || !state.exists);
  const key = JSON.stringify(values);
  const rested = useRested(key);
  useEffect(() => {
    if (!state || Object.keys(typed).length === 0) return;
    pane.wish<{ problems: Record<string, string> }>("check", JSON.parse(rested)).then(
      (verdict) => setProblems(verdict.problems),
      (error: unknown) => pane.fail(error),
    );
  }, [rested, pane.version]);
  useLeaveGuard(state?.exists === true && changed, () => window.confirm("Leave without saving the changes?"));
  if (!state) return <Loading pane={pane} />;
  if (args.name && !state.exists) return <p class="body top">{`${state.file} has no ${args.name} any more.`}</p>;
  const wrong = Object.values(problems).find(Boolean);
  const field = (name: keyof Values) => ({
    value: values[name],
    problem: problems[name],
    mono: true,
    onInput: (text: string) => setTyped((now) => ({ ...now, [name]: text, ...(name === "name" && !state.exists && now.variable === undefined ? { variable: text.toUpperCase() } : {}) })),
  });
  const save = (): void => {
    if (wrong || busy || !changed) return;
    setBusy(true);
    pane.wish<string>("save", { ...values }).then(
      (name) => {
        setBusy(false);
        setTyped({});
        if (name !== args.name) go.open("configurable", { name });
      },
      (error: unknown) => {
        setBusy(false);
        const problem = problemOf(error);
        if (problem.field in values) setProblems({ [problem.field]: problem.text });
        else pane.fail(error);
      },
    );
  };
  return (
    <section class="view" aria-label="Configurable value">
      <ViewHeader icon="sliders" title={state.exists ? state.name : "Configurable value"} mono={state.exists} sub="Read from the environment when the file runs; the order is command line, environment, default." />
      <PaneProblem pane={pane} />
      <form
        class="body stack"
        style={{ maxWidth: 520 }}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField label="Configurable Name" required help={`Its variable in ${state.file}.`} {...field("name")} />
        <TextField label="Environment Variable" required help="Where the value comes from." {...field("variable")} />
        <TextField label="Type" list={TYPES} help="Needed where there is no default; else the default's own type." {...field("type")} />
        <TextField label="Default Value" help="An expression; empty makes the value required." {...field("default")} />
        <div class="line">
          <Button look="primary" size="big" type="submit" busy={busy} why={wrong || (changed ? undefined : "Nothing has changed")}>
            {state.exists ? "Save Changes" : "Create"}
          </Button>
          <Button size="big" onClick={() => (state.exists ? (setTyped({}), setProblems({})) : go.back())}>
            Cancel
          </Button>
        </div>
      </form>
    </section>
  );
}
