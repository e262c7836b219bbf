/** The form of a connection to another service; "Try" connects and says what came back. */

import "./connection.css";
import { useEffect, useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { Loading, ViewFrame } from "../../app/frame.tsx";
import { useAround, usePane, useRested } from "../../app/hooks.ts";
import { Button, Check, Menu, Message, TextField } from "../../app/parts.tsx";
import type { SecureState } from "../config/model.ts";
import { DeleteDialog } from "../delete_dialog.tsx";
import { useEdits } from "../flow/edits.ts";

interface Values {
  name: string;
  host: string;
  port: string;
  local_host: string;
  timeout: string;
  write_timeout: string;
  secure: SecureState;
}

interface State {
  file: string;
  version: number;
  name: string;
  exists: boolean;
  values: Values;
  configurables: string[];
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
  const [values, setValues] = useState(state.values);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [advanced, setAdvanced] = useState(false);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [trying, setTrying] = useState(false);
  const [answer, setAnswer] = useState<{ ok: boolean; text: string }>();
  const [doomed, setDoomed] = useState(false);
  const saved = JSON.stringify(state.values);
  useEffect(() => setValues(state.values), [saved]);
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
    setValues({ ...values, ...part });
  };
  const shown = (field: string): string | undefined => (touched.has(field) || state.exists ? problems[field] : undefined);
  const dirty = JSON.stringify(values) !== saved;
  const first = Object.values(problems).find(Boolean);
  const why = first ?? (state.exists && !dirty ? "Nothing is changed" : false);
  const save = (): void => {
    if (why) return;
    setBusy(true);
    edit<{ name: string }>("save", { values })
      .then(
        (made) => {
          if (!state.exists || made.name !== state.name) go.open("connection", { name: made.name });
        },
        (error: unknown) => {
          const problem = problemOf(error);
          if (problem.field) setProblems({ [problem.field]: problem.text });
          else pane.fail(error);
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
  const secure = values.secure;
  const tls = secure.mode !== "none";
  const option = (name: string, label: string, placeholder: string) => (
    <TextField
      label={label}
      mono
      placeholder={placeholder}
      value={secure.options[name] ?? ""}
      problem={shown(`secure.${name}`)}
      onInput={(value) => set({ secure: { ...secure, options: { ...secure.options, [name]: value } } })}
    />
  );
  return (
    <ViewFrame pane={pane} label="Connection" class="connectionframe">
      <header class="vh">
        <div class="vht">
          <h1>{state.exists ? "Connection" : "Add Connection"}</h1>
          <p class="sub">{state.exists ? `${state.name} in ${state.file}, used in ${state.usages} ${state.usages === 1 ? "place" : "places"}` : `A connection to another TCP service, one socket shared by all handlers of ${state.file}`}</p>
        </div>
        <span class="grow" />
        {state.exists ? <Menu label="Connection actions" items={[{ label: "Delete...", icon: "trash", danger: true, onSelect: () => setDoomed(true) }]} /> : null}
      </header>
      <form
        class="connform"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
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
            <section aria-label="Secure Socket" class="stack">
              <Check
                label="Secure Socket: speak TLS"
                checked={tls}
                disabled={secure.mode === "expression"}
                onChange={(on) => set({ secure: { ...secure, mode: on ? "client" : "none" } })}
              />
              {secure.mode === "expression" ? (
                <TextField label="Secure Socket expression" mono value={secure.expression} onInput={(expression) => set({ secure: { ...secure, expression } })} />
              ) : null}
              {secure.mode === "client" ? (
                <>
                  {option("ca_file", "CA file", "the system's and the development CA")}
                  <div class="two">
                    {option("cert_file", "Certificate file", "none shown")}
                    {option("key_file", "Key file", "")}
                  </div>
                  <Check
                    label="Verify the server's certificate and name"
                    checked={(secure.options["verify"] ?? "") !== "False"}
                    onChange={(on) => set({ secure: { ...secure, options: { ...secure.options, verify: on ? "" : "False" } } })}
                  />
                </>
              ) : null}
            </section>
          </div>
        ) : null}
        {problems[""] ? (
          <div class="prob" role="alert">
            {problems[""]}
          </div>
        ) : null}
        <div class="line">
          <Button type="submit" look="primary" size="big" why={why} busy={busy}>
            Save Connection
          </Button>
          <Button size="big" icon="plug" busy={trying} why={values.host && values.port ? false : "Fill in host and port first"} onClick={tryIt}>
            Try
          </Button>
          <Button size="big" onClick={() => (state.exists ? setValues(state.values) : go.back())}>
            {state.exists ? "Discard" : "Cancel"}
          </Button>
        </div>
        {answer ? <Message tone={answer.ok ? "info" : "err"}>{answer.text}</Message> : null}
      </form>
      {doomed ? (
        <DeleteDialog
          name={state.name}
          what="connection"
          look={() => pane.wish("usages_of")}
          onClose={() => setDoomed(false)}
          onDelete={() => {
            setDoomed(false);
            edit("delete").then(
              () => go.back(),
              (error: unknown) => pane.fail(error),
            );
          }}
        />
      ) : null}
    </ViewFrame>
  );
}
