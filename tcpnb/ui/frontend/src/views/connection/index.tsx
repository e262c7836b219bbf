/** The form of a connection to another service; "Try" connects and says what came back. */

import "./connection.css";
import { useEffect, useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { Loading, ViewFrame } from "../../app/frame.tsx";
import { useAround, usePane, useRested } from "../../app/hooks.ts";
import { Button, Menu, Message, TextField } from "../../app/parts.tsx";
import { useDraft } from "../../app/typing.ts";
import { kept, type SecureState } from "../config/model.ts";
import { DeleteDialog } from "../delete_dialog.tsx";
import { useEdits } from "../flow/edits.ts";
import "../form.css";
import { LeaveDialog, useLeaving } from "../leave_dialog.tsx";
import { ClientSecureForm } from "./secure.tsx";

type Values = {
  name: string;
  host: string;
  port: string;
  local_host: string;
  timeout: string;
  write_timeout: string;
  secure: SecureState;
};

interface State {
  file: string;
  version: number;
  name: string;
  exists: boolean;
  values: Values;
  configurables: string[];
  line: number;
  usages: number;
}

export function ConnectionForm({ args }: { args: { name?: string } }) {
  const pane = usePane<State>("connection", args);
  if (!pane.state) return <Loading pane={pane} />;
  return <Designer pane={pane} state={pane.state} />;
}

function Designer({ pane, state }: { pane: Pane<State>; state: State }) {
  const { go } = useAround();
  const edit = useEdits(pane);
  const draft = `connection:${state.exists ? state.name : ""}`;
  const [typed, setTyped] = useDraft<Partial<Values>>(draft, "typed", {});
  const values: Values = { ...state.values, ...typed, secure: kept(typed.secure, state.values.secure) };
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [advanced, setAdvanced] = useState(() => isAdvanced(values));
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [trying, setTrying] = useState(false);
  const [answer, setAnswer] = useState<{ ok: boolean; text: string }>();
  const [doomed, setDoomed] = useState(false);
  const rested = useRested(JSON.stringify(values), 250);
  useEffect(() => {
    let current = true;
    pane.wish<{ problems: Record<string, string> }>("check", { values: JSON.parse(rested) }).then(
      (verdict) => current && setProblems(verdict.problems),
      (error) => current && pane.fail(error),
    );
    return () => {
      current = false;
    };
  }, [rested, state.version]);
  const set = (part: Partial<Values>): void => {
    setAnswer(undefined);
    setTouched(new Set([...touched, ...Object.keys(part)]));
    setTyped({ ...typed, ...part });
  };
  const shown = (field: string): string | undefined => (touched.has(field) || state.exists ? problems[field] : undefined);
  const dirty = JSON.stringify(values) !== JSON.stringify(state.values);
  const first = Object.values(problems).find(Boolean);
  const why = first ?? (state.exists && !dirty ? "Nothing is changed" : false);
  const forget = (): void => setTyped({});
  const leaving = useLeaving(state.exists && dirty, forget);
  /** False when it was refused. */
  const save = (): Promise<boolean> => {
    if (why) return Promise.resolve(false);
    setBusy(true);
    return edit<{ name: string }>("save", { values })
      .then(
        (made) => {
          leaving.free();
          forget();
          if ((!state.exists || made.name !== state.name) && !leaving.asked) go.open("connection", { name: made.name });
          return true;
        },
        (error: unknown) => {
          const problem = problemOf(error);
          if (problem.field) setProblems({ [problem.field]: problem.text });
          else pane.fail(error);
          return false;
        },
      )
      .finally(() => setBusy(false));
  };
  const tryIt = (): void => {
    setTrying(true);
    setAnswer(undefined);
    pane
      .wish<{ ok: boolean; text: string }>("try_it", { values })
      .then(setAnswer, (error: unknown) => setAnswer({ ok: false, text: problemOf(error).text }))
      .finally(() => setTrying(false));
  };
  const text = (field: "name" | "host" | "port" | "local_host" | "timeout" | "write_timeout", label: string, extra: Record<string, unknown> = {}) => (
    <TextField label={label} mono value={values[field]} problem={shown(field)} onInput={(value) => set({ [field]: value })} list={state.configurables} {...extra} />
  );
  return (
    <ViewFrame pane={pane} label="Connection" class="connectionframe">
      <header class="vh">
        <div class="vht">
          <h1>{state.exists ? "Connection" : "Add Connection"}</h1>
          <p class="sub">{state.exists ? `${state.name} in ${state.file}, ${usedIn(state.usages)}` : `A connection to another TCP service, one socket shared by all handlers of ${state.file}`}</p>
        </div>
        <span class="grow" />
        {state.exists ? (
          <Menu
            label="Connection actions"
            items={[
              { label: "Source", icon: "code", onSelect: () => go.open("source", { line: state.line }) },
              { label: "Delete...", icon: "trash", danger: true, onSelect: () => setDoomed(true) },
            ]}
          />
        ) : null}
      </header>
      <form
        class="viewform"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div class="fields">
          {text("host", "Remote Host", { required: true, placeholder: "127.0.0.1", help: "A name or an address, or the name of a configurable value." })}
          {text("port", "Remote Port", { required: true, placeholder: "7000", width: 200 })}
          {text("name", "Connection Name", { required: true, help: "The variable that holds it." })}
          <Button icon={advanced ? "cd" : "cr"} look="ghost" class="adv" aria-expanded={advanced} onClick={() => setAdvanced(!advanced)}>
            Advanced Configurations
          </Button>
          {advanced ? (
            <div class="stack">
              {text("local_host", "Local Host", { placeholder: "chosen by the system", help: "The address of this machine that it connects from." })}
              <div class="two">
                {text("timeout", "Read time-out", { end: <span>s</span>, placeholder: "off", help: "Empty: no limit." })}
                {text("write_timeout", "Write time-out", { end: <span>s</span>, placeholder: "off", help: "Empty: no limit." })}
              </div>
              <ClientSecureForm value={values.secure} shown={shown} onChange={(secure) => set({ secure })} />
            </div>
          ) : null}
          {problems[""] ? (
            <div class="prob" role="alert">
              {problems[""]}
            </div>
          ) : null}
          {answer ? <Message tone={answer.ok ? "info" : "err"}>{answer.text}</Message> : null}
        </div>
        <div class="savebar">
          <Button size="big" icon="plug" busy={trying} why={values.host && values.port ? false : "Fill in host and port first"} onClick={tryIt}>
            Try
          </Button>
          <span class="help cut">connects, waits for a greeting, hangs up</span>
          <span class="grow" />
          <Button size="big" why={state.exists && !dirty ? "Nothing is changed" : false} onClick={() => {
              forget();
              if (!state.exists) go.back();
            }}
          >
            {state.exists ? "Discard" : "Cancel"}
          </Button>
          <Button type="submit" look="primary" size="big" why={why} busy={busy}>
            Save Connection
          </Button>
        </div>
      </form>
      {doomed ? (
        <DeleteDialog
          name={state.name}
          what="connection"
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
      <LeaveDialog leaving={leaving} why={first} onSave={save}>
        <p>The changes of {state.name} are not saved yet.</p>
      </LeaveDialog>
    </ViewFrame>
  );
}

function usedIn(count: number): string {
  return count === 0 ? "not used yet" : `used in ${count} ${count === 1 ? "place" : "places"}`;
}

function isAdvanced(values: Values): boolean {
  return values.local_host !== "" || values.timeout !== USUAL || values.write_timeout !== USUAL || values.secure.mode !== "none";
}

const USUAL = "300";
