/** The creation form: a TCP service in one step, checked while it is typed. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Pane, problemOf } from "../app/circle.ts";
import { CodeText } from "../app/code_text.tsx";
import { Loading, PaneProblem } from "../app/frame.tsx";
import { useAround, usePane, useRested } from "../app/hooks.ts";
import { Icon } from "../app/icons.tsx";
import { Badge, BetaBadge, Button, Message, TextField, cx } from "../app/parts.tsx";
import { rove } from "../app/keys.ts";
import { useDraft } from "../app/typing.ts";
import "./create.css";

interface State {
  file: string;
  /** What the badge "Beta" means; empty where there is none. */
  beta: string;
  exists: boolean;
  /** What a new listener is called where nobody chooses a name. */
  listener_name: string;
  templates: { key: string; label: string; words: string }[];
  services: string[];
  obstacle: string;
}

interface Verdict {
  problems: Record<string, string>;
  warning: { text: string; free_port: number } | null;
  preview: string;
  /** The lines of the preview that are new, from 1. */
  marks: number[];
}

interface Created {
  created: boolean;
  service: string;
  text: string;
}

const RULE = /^\d+$/;
/** What may be a configurable value, such as `tcp.env("PORT", 80)`: Python says of it whether it is. */
const EXPRESSION = /^[A-Za-z_]/;

/** What needs no question to Python: seen at once, not after the typing has rested. */
function portProblem(port: string): string {
  const text = port.trim();
  if (!text) return "TCP Port is required";
  if (EXPRESSION.test(text)) return "";
  if (!RULE.test(text)) return "A port is a whole number from 0 to 65535";
  return Number(text) > 65535 ? "Ports go from 0 to 65535" : "";
}

export function Create() {
  const pane = usePane<State>("create");
  const { go } = useAround();
  const [template, setTemplate] = useDraft("create", "template", "echo");
  const [port, setPort] = useDraft("create", "port", "80");
  const [chosen, setName] = useDraft<string | null>("create", "name", null);
  const [advanced, setAdvanced] = useState(chosen !== null);
  const [verdict, setVerdict] = useState<Verdict & { of: string }>();
  const [busy, setBusy] = useState(false);
  const name = chosen ?? pane.state?.listener_name ?? "tcp_listener";
  const values = { port, listener_name: name, template };
  const key = JSON.stringify(values);
  const rested = useRested(key, verdict ? 250 : 0);
  useVerdict(pane, rested, setVerdict);

  const state = pane.state;
  if (!state) return <Loading pane={pane} />;
  const fresh = verdict?.of === key ? verdict : undefined;
  const problems: Record<string, string> = { ...(fresh ?? verdict)?.problems };
  if (!fresh) {
    problems["port"] = portProblem(port);
    if (!name.trim()) problems["listener_name"] = "Listener Name is required";
    else if (verdict && JSON.parse(verdict.of).listener_name !== name) delete problems["listener_name"];
  }
  const wrong = Object.values(problems).find(Boolean) || state.obstacle;
  const warning = fresh?.warning ?? (JSON.parse(verdict?.of ?? '{"port":""}').port === port ? verdict?.warning : null);

  const create = (): void => {
    if (wrong || busy) return;
    setBusy(true);
    pane.wish<Created>("create", values).then(
      (made) => {
        setBusy(false);
        clear();
        if (made.service) go.open("service", { service: made.service });
      },
      (error: unknown) => {
        setBusy(false);
        const problem = problemOf(error);
        if (problem.field in values) setVerdict({ problems: { [problem.field]: problem.text }, warning: null, preview: "", marks: [], of: key });
        else pane.fail(error);
      },
    );
  };
  const clear = (): void => {
    setTemplate("echo");
    setPort("80");
    setName(null);
    setAdvanced(false);
  };
  const cancel = (): void => {
    clear();
    if (state.services[0]) go.open("service", { service: state.services[0] });
  };

  return (
    <section class="view create" aria-label="TCP Service">
      <header class="vh">
        <div>
          <nav class="crumb" aria-label="Where you are">
            {go.inStudio ? (
              <button type="button" class="linky" onClick={() => go.open("artifacts")}>
                Add Artifact
              </button>
            ) : (
              <span>Add Artifact</span>
            )}
            <Icon name="cr" small />
            <span>Integration as API</span>
            <Icon name="cr" small />
            <span>TCP Service</span>
          </nav>
          <div class="line">
            <h1 class="form">TCP Service</h1>
            <BetaBadge words={state.beta} />
          </div>
          <p class="sub">Serve raw TCP connections, for a text or binary protocol of your own.</p>
        </div>
      </header>
      <PaneProblem pane={pane} />
      <div class="body two">
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            create();
          }}
        >
          {state.obstacle ? <Message tone="warn">{state.obstacle}</Message> : null}
          <Templates options={state.templates} value={template} onChange={setTemplate} />
          <TextField
            label="TCP Port"
            required
            value={port}
            onInput={setPort}
            width={240}
            problem={problems["port"]}
            warning={
              warning && !problems["port"] ? (
                <>
                  <span>{warning.text}</span>
                  {warning.free_port ? (
                    <Button size="small" onClick={() => setPort(String(warning.free_port))}>
                      Use free port {warning.free_port}
                    </Button>
                  ) : null}
                </>
              ) : undefined
            }
            help={'The port on which the TCP service listens, 0 to 65535 (0: any free port), or a configurable value such as tcp.env("PORT", 80).'}
          />
          <div class="card">
            <button type="button" class="sec fold" aria-expanded={advanced} onClick={() => setAdvanced(!advanced)}>
              <Icon name={advanced ? "cd" : "cr"} />
              Advanced Configurations
              {!advanced && problems["listener_name"] ? (
                <Badge tone="err" icon="err">
                  {problems["listener_name"]}
                </Badge>
              ) : null}
            </button>
            {advanced ? (
              <div class="foldbody">
                <TextField
                  label="Listener Name"
                  required
                  mono
                  value={name}
                  onInput={setName}
                  problem={problems["listener_name"]}
                  help={`Its variable in ${state.file}.`}
                  end={
                    fresh && !problems["listener_name"] ? (
                      <span class="free">
                        <Icon name="check" small />
                        free
                      </span>
                    ) : undefined
                  }
                />
              </div>
            ) : null}
          </div>
          <div class="line">
            <Button look="primary" size="big" type="submit" busy={busy} why={wrong || undefined}>
              Create
            </Button>
            <Button size="big" onClick={cancel}>
              Cancel
            </Button>
            <span class="help">
              {state.exists ? "Adds to" : "Writes"} {state.file}. Nothing runs until Start.
            </span>
          </div>
        </form>
        <div class="card preview">
          <div class="hd">
            <Icon name="file" />
            <span class="mono cut">{state.file}</span>
            <span class="grow" />
            <Badge>preview</Badge>
          </div>
          <CodeText label={`Preview of ${state.file}`} text={verdict?.preview ?? ""} marks={verdict?.marks ?? []} height={state.exists ? 326 : 448} />
        </div>
      </div>
    </section>
  );
}

function useVerdict(pane: Pane<State>, rested: string, set: (update: (now: (Verdict & { of: string }) | undefined) => Verdict & { of: string }) => void): void {
  const newest = useRef(rested);
  newest.current = rested;
  const version = pane.state ? pane.version : 0;
  useEffect(() => {
    if (!version) return;
    pane.wish<Verdict>("check", JSON.parse(rested)).then(
      (verdict) => {
        // The preview stays while a field is wrong: nothing jumps.
        if (newest.current === rested) set((now) => ({ ...verdict, ...(verdict.preview ? {} : { preview: now?.preview ?? "", marks: now?.marks ?? [] }), of: rested }));
      },
      (error: unknown) => pane.fail(error),
    );
  }, [rested, version]);
}

function Templates(props: { options: State["templates"]; value: string; onChange: (key: string) => void }) {
  return (
    <div class="f">
      <span class="lab" id="tcpnb-template">
        Template
      </span>
      <div
        class="templates"
        role="radiogroup"
        aria-labelledby="tcpnb-template"
        onKeyDown={(event) => {
          if (rove(event, event.currentTarget, event.key.includes("Up") || event.key.includes("Down") ? "vertical" : "horizontal"))
            (document.activeElement as HTMLElement).click();
        }}
      >
        {props.options.map((option) => {
          const on = option.key === props.value;
          return (
            <button
              type="button"
              key={option.key}
              class={cx("template", on && "on")}
              role="radio"
              data-rove
              aria-checked={on}
              tabIndex={on ? 0 : -1}
              onClick={() => props.onChange(option.key)}
            >
              <span class="ra" aria-hidden="true" />
              <span>
                <b>{option.label}</b>
                <small>{option.words}</small>
              </span>
            </button>
          );
        })}
      </div>
    </div>
  );
}
