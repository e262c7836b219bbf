/** The form of a configurable value: read from the environment when the file runs. */

import { useEffect, useState } from "preact/hooks";
import { problemOf } from "../app/circle.ts";
import { Loading, PaneProblem } from "../app/frame.tsx";
import { useAround, usePane, useRested } from "../app/hooks.ts";
import { isSecret } from "../app/drafts.ts";
import { Button, Empty, Menu, TextField } from "../app/parts.tsx";
import { useDraft } from "../app/typing.ts";
import { DeleteDialog } from "./delete_dialog.tsx";
import { useEdits } from "./flow/edits.ts";
import "./form.css";
import { LeaveDialog, useLeaving } from "./leave_dialog.tsx";

type Values = {
  name: string;
  variable: string;
  default: string;
  type: string;
  documentation: string;
};

interface State {
  file: string;
  name: string;
  exists: boolean;
  line: number;
  values: Values;
  isSet: boolean;
}

const TYPES = ["int", "str", "bool", "float", "bytes"];

export function Configurable({ args }: { args: { name?: string } }) {
  const pane = usePane<State>("configurable", args);
  const { go } = useAround();
  const edit = useEdits(pane);
  const [typed, setTyped] = useDraft<Partial<Values>>(`configurable:${args.name ?? ""}`, "typed", {}, isSecret(args.name ?? ""));
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [doomed, setDoomed] = useState(false);
  const state = pane.state;
  const values: Values = { name: "", variable: "", default: "", type: "", documentation: "", ...state?.values, ...typed };
  const changed = state !== undefined && (JSON.stringify(values) !== JSON.stringify(state.values) || !state.exists);
  const rested = useRested(JSON.stringify(values));
  const leaving = useLeaving(state?.exists === true && changed, () => setTyped({}));
  useEffect(() => {
    if (!state || Object.keys(typed).length === 0) return;
    pane.wish<{ problems: Record<string, string> }>("check", JSON.parse(rested)).then(
      (verdict) => setProblems(verdict.problems),
      (error: unknown) => pane.fail(error),
    );
  }, [rested, pane.version]);
  if (!state) return <Loading pane={pane} />;
  if (args.name && !state.exists)
    return (
      <section class="view">
        <Empty icon="sliders">{`${args.name} is not in ${state.file} any more.`}</Empty>
      </section>
    );
  // The variable of a new value is called as the value is, until somebody calls it otherwise.
  const follows = typed.variable === undefined || typed.variable === (typed.name ?? "").toUpperCase();
  const wrong = Object.values(problems).find(Boolean);
  const why = wrong || (changed ? undefined : "Nothing has changed");
  const field = (name: keyof Values) => ({
    value: values[name],
    problem: problems[name],
    mono: true,
    onInput: (text: string) =>
      setTyped({ ...typed, [name]: text, ...(name === "name" && !state.exists && follows ? { variable: text.toUpperCase() } : {}) }),
  });
  /** False when it was refused. */
  const save = (): Promise<boolean> => {
    if (why || busy) return Promise.resolve(false);
    setBusy(true);
    return edit<{ name: string }>("save", { ...values })
      .then(
        ({ name }) => {
          leaving.free();
          setTyped({});
          if (name !== args.name && !leaving.asked) go.open("configurable", { name });
          return true;
        },
        (error: unknown) => {
          const problem = problemOf(error);
          if (problem.field in values) setProblems({ [problem.field]: problem.text });
          else pane.fail(error);
          return false;
        },
      )
      .finally(() => setBusy(false));
  };
  const discard = (): void => {
    setTyped({});
    setProblems({});
  };
  const fallback = state.values.default ? `${state.values.default} is used` : "the file does not start without it";
  return (
    <section class="view" aria-label="Configurable value">
      <header class="vh">
        <div class="vht">
          <h1>{state.exists ? "Configurable Value" : "Add Configurable Value"}</h1>
          <p class="sub">
            {state.exists
              ? `${state.name} in ${state.file}. In this kernel ${state.values.variable} is ${state.isSet ? "set" : `not set: ${fallback}`}.`
              : "Read from the environment when the file runs; the order is command line, environment, default."}
          </p>
        </div>
        <span class="grow" />
        {state.exists ? (
          <Menu
            label="Configurable actions"
            items={[
              { label: "Source", icon: "code", onSelect: () => go.open("source", { line: state.line }) },
              { label: "Delete...", icon: "trash", danger: true, onSelect: () => setDoomed(true) },
            ]}
          />
        ) : null}
      </header>
      <PaneProblem pane={pane} />
      <form
        class="viewform"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div class="fields">
          <TextField label="Configurable Name" required help={`Its variable in ${state.file}.`} {...field("name")} />
          <TextField label="Environment Variable" required help="Where the value comes from." {...field("variable")} />
          <TextField label="Type" list={TYPES} help="Needed where there is no default; else the default's own type." {...field("type")} />
          <TextField label="Default Value" help="An expression; empty makes the value required." {...field("default")} />
          <TextField label="Documentation" rows={2} help="What the value is for; a start that misses it says so." {...field("documentation")} mono={false} />
        </div>
        <div class="savebar">
          <span class="help cut">{state.exists && !changed ? "Nothing is changed." : ""}</span>
          <span class="grow" />
          <Button size="big" why={state.exists && !changed ? "Nothing has changed" : false} onClick={() => {
              discard();
              if (!state.exists) go.back();
            }}
          >
            {state.exists ? "Discard" : "Cancel"}
          </Button>
          <Button look="primary" size="big" type="submit" busy={busy} why={why}>
            {state.exists ? "Save Changes" : "Create"}
          </Button>
        </div>
      </form>
      {doomed ? (
        <DeleteDialog
          name={state.name}
          what="configurable value"
          look={() => pane.wish("usages_of")}
          onClose={() => setDoomed(false)}
          onDelete={() => {
            setDoomed(false);
            leaving.free();
            edit("delete").then(
              () => go.back(),
              (error: unknown) => pane.fail(error),
            );
          }}
        />
      ) : null}
      <LeaveDialog leaving={leaving} why={wrong} onSave={save}>
        <p>The changes of {state.name} are not saved yet.</p>
      </LeaveDialog>
    </section>
  );
}
