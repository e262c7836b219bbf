/** The Service Designer: a service on one page, one click from it to every handler. */

import { useState } from "preact/hooks";
import type { Pane } from "../app/circle.ts";
import { Loading, PaneProblem } from "../app/frame.tsx";
import { useAround, usePane } from "../app/hooks.ts";
import { Icon, type IconName } from "../app/icons.tsx";
import { Badge, Button, Menu, Message, Modal, Select, StateWords, type StateTone, Tile, ViewHeader } from "../app/parts.tsx";
import "./service.css";

export interface ListenerRow {
  name: string;
  port: string;
  state: string;
  tone: StateTone;
  words: string;
  address: string;
  connections: number;
  tls: boolean;
}

interface HandlerRow {
  name: string;
  path: string;
  words: string;
  signature: string;
  isAsync: boolean;
  problem: { severity: string; text: string; line: number } | null;
  times: number;
}

interface ClassRow {
  name: string;
  alive: number;
  framing: string;
  variables: { name: string; type: string; default: string }[];
  handlers: HandlerRow[];
  methods: HandlerRow[];
  absent: string[];
}

interface State {
  file: string;
  missing: boolean;
  name: string;
  documentation: string;
  listeners: ListenerRow[];
  otherListeners: string[];
  handlers: HandlerRow[];
  classes: ClassRow[];
  unknownClasses: string[];
  goes: string[];
}

export function Service({ args }: { args: { service?: string } }) {
  const pane = usePane<State>("service", args);
  const { go, width } = useAround();
  const [asking, setAsking] = useState(false);
  const state = pane.state;
  if (!state) return <Loading pane={pane} />;
  if (state.missing)
    return (
      <section class="view" aria-label="Service Designer">
        <div class="body top">
          <Message action={<Button onClick={() => go.open("create")}>TCP Service</Button>}>
            {state.name ? `${state.file} has no service ${state.name} any more.` : `${state.file} has no service yet.`}
          </Message>
        </div>
      </section>
    );
  const helpers = state.handlers.filter((row) => row.name !== "on_connect");
  return (
    <section class="view" aria-label={`Service Designer: ${state.name}`}>
      <ViewHeader icon="entry" title={state.name} sub={state.documentation.split("\n")[0] || "Decides what each new connection gets"}>
        <Button icon="gear" onClick={() => go.open("config", { service: state.name })}>
          Configure
        </Button>
        <Menu
          label="More actions"
          items={[
            { label: "Types", icon: "box", onSelect: () => go.open("types") },
            { label: "Edit class", icon: "edit", onSelect: () => go.open("class", { name: state.name }) },
            { label: "Delete service…", icon: "trash", danger: true, onSelect: () => setAsking(true) },
          ]}
        />
      </ViewHeader>
      <PaneProblem pane={pane} />
      <div class="body">
        <div class="pills">
          {state.listeners.map((row) => (
            <ListenerPill key={row.name} row={row} onOpen={() => go.open("config", { service: state.name, listener: row.name })} />
          ))}
          {state.otherListeners.map((name) => (
            <span class="pill" key={name}>
              <Icon name="radio" />
              <b>Listener: {name}</b>
              <StateWords tone="warn">not defined in this file</StateWords>
            </span>
          ))}
          <Button look="ghost" onClick={() => go.open("config", { service: state.name, attach: true })}>
            + Attach Listener
          </Button>
        </div>
        <div class={width === "wide" ? "sd" : "sd folded"}>
          <section aria-label="Event Handlers">
            <div class="sdh">
              <h2>Event Handlers</h2>
            </div>
            <div class="card">
              {state.handlers
                .filter((row) => row.name === "on_connect")
                .map((row) => (
                  <HandlerLine key={row.name} row={row} icon="entry" tone="brand" locked />
                ))}
              {state.handlers.some((row) => row.name === "on_connect") ? null : <AbsentHandler pane={pane} owner={state.name} name="on_connect" icon="entry" />}
              {state.classes.length || state.unknownClasses.length ? (
                <div class="row gives">
                  <span class="help">Gives each connection its own</span>
                  {state.classes.map((row) => (
                    <button type="button" class="linky mono" key={row.name} onClick={() => go.open("class", { name: row.name })}>
                      {row.name}
                    </button>
                  ))}
                  {state.unknownClasses.map((name) => (
                    <span class="mono" key={name} title="not a connection service class of this file">
                      {name} (not found)
                    </span>
                  ))}
                </div>
              ) : (
                <div class="row gives">
                  <span class="help">Gives no connection service that reading can see.</span>
                </div>
              )}
            </div>
            <p class="help under">Early bytes wait until on_connect has returned.</p>
            {helpers.length ? (
              <div class="card helpers">
                <div class="sec">Helper methods</div>
                {helpers.map((row) => (
                  <HandlerLine key={row.name} row={row} icon="fn" />
                ))}
              </div>
            ) : null}
          </section>
          <div class="wire" aria-hidden="true" />
          <div class="stack">
            {state.classes.map((row) => (
              <ClassCard key={row.name} pane={pane} row={row} />
            ))}
          </div>
        </div>
      </div>
      {asking ? (
        <Modal
          title={`Delete ${state.name}?`}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button onClick={() => setAsking(false)}>Cancel</Button>
              <Button
                look="danger"
                icon="trash"
                onClick={() => {
                  setAsking(false);
                  pane.do("edit", { edit: "DeleteService", name: state.name });
                }}
              >
                Delete
              </Button>
            </>
          }
        >
          <p>
            <span class="mono">{state.name}</span> is taken out of {state.file}.
            {state.goes.length ? " With it goes what nothing else uses:" : " Nothing else goes with it."}
          </p>
          {state.goes.length ? (
            <ul class="goes">
              {state.goes.map((name) => (
                <li key={name} class="mono">
                  {name}
                </li>
              ))}
            </ul>
          ) : null}
          <p class="help">Undo brings it back.</p>
        </Modal>
      ) : null}
    </section>
  );
}

export function ListenerPill({ row, onOpen }: { row: ListenerRow; onOpen: () => void }) {
  return (
    <button type="button" class={row.state === "listening" ? "pill live" : "pill"} title={`Open the settings of ${row.name}`} onClick={onOpen}>
      <Icon name={row.tls ? "shield" : "radio"} />
      <b>Listener: {row.name}</b>
      <StateWords tone={row.tone}>{row.words}</StateWords>
      {row.connections ? (
        <>
          <span class="bar" />
          <span class="help">
            {row.connections} {row.connections === 1 ? "connection" : "connections"}
          </span>
        </>
      ) : null}
    </button>
  );
}

const ICONS: Record<string, [IconName, "brand" | "warn" | undefined]> = {
  on_bytes: ["in", "brand"],
  on_error: ["warn", "warn"],
  on_close: ["x", undefined],
};

function HandlerLine({ row, icon, tone, locked }: { row: HandlerRow; icon: IconName; tone?: "brand" | "warn" | undefined; locked?: boolean }) {
  const { go } = useAround();
  return (
    <button type="button" class="row big" onClick={() => go.open("flow", { handler: row.path })} title={`${row.isAsync ? "async " : ""}${row.name}${row.signature}`}>
      <Tile icon={icon} {...(tone ? { tone } : {})} />
      <span class="grow">
        <span class="nm cut">{row.name}</span>
        <span class="two2 cut">{row.words || row.signature}</span>
      </span>
      <span class="meta">
        {row.problem ? (
          <Badge tone={row.problem.severity === "error" ? "err" : "warn"} icon={row.problem.severity === "error" ? "err" : "warn"} label={row.problem.text}>
            line {row.problem.line}
          </Badge>
        ) : null}
        {row.times ? (
          <Badge tone="warn">
            failed {row.times} {row.times === 1 ? "time" : "times"}
          </Badge>
        ) : null}
        {locked ? (
          <span title="Its name and types are fixed">
            <Icon name="lock" small />
            <span class="only-read">name and types are fixed</span>
          </span>
        ) : null}
        <Icon name="cr" />
      </span>
    </button>
  );
}

const FRAMINGS = [
  ["", "None"],
  ["tcp.Lines()", "Lines"],
  ['tcp.Delimited(b"\\0")', "Delimited"],
  ["tcp.LengthPrefixed(size=2)", "Length prefixed"],
  ["tcp.FixedLength(16)", "Fixed length"],
] as const;

const FRAMING_WORDS: Record<string, string> = {
  "": "on_bytes gets what arrives, in any pieces",
  "tcp.Lines": "split at \\n",
  "tcp.Delimited": "split at a delimiter",
  "tcp.LengthPrefixed": "each frame says its length",
  "tcp.FixedLength": "frames of one size",
};

function ClassCard({ pane, row }: { pane: Pane<State>; row: ClassRow }) {
  const { go } = useAround();
  const head = row.framing.split("(")[0] ?? "";
  const known = FRAMINGS.find(([value]) => value.split("(")[0] === head);
  const options = FRAMINGS.map(([value, words]) => [known && value === known[0] ? row.framing : value, words] as const);
  const all = known ? options : [...options, [row.framing, row.framing] as const];
  return (
    <section aria-label={`Connection service class ${row.name}`}>
      <div class="sdh">
        <h2>Connection service class</h2>
        <span class="grow" />
        <Button size="small" look="ghost" icon="box" onClick={() => go.open("types", { focus: row.name })}>
          Show in Types
        </Button>
      </div>
      <div class="card">
        <div class="hd">
          <Tile icon="box" tone="info" />
          <button type="button" class="classname mono cut" onClick={() => go.open("class", { name: row.name })}>
            {row.name}
          </button>
          <Badge>one per connection</Badge>
          <span class="grow" />
          <span class="help">{row.alive ? `${row.alive} alive` : "none alive"}</span>
        </div>
        <div class="sec">
          Class Variables
          <Button look="ghost" size="small" onClick={() => go.open("class", { name: row.name, add: "variable" })}>
            + Variable
          </Button>
        </div>
        <div class="vars">
          {row.variables.map((variable) => (
            <button type="button" class="row" key={variable.name} onClick={() => go.open("class", { name: row.name, variable: variable.name })}>
              <span class="cut">
                {variable.name}: {variable.type}
                {variable.default ? ` = ${variable.default}` : ""}
              </span>
            </button>
          ))}
        </div>
        <div class="row framerow">
          <Select label="Framing" small value={row.framing} options={all} onChange={(framing) => pane.do("edit", { edit: "SetFraming", class_name: row.name, framing })} width={152} />
          <span class="help">{FRAMING_WORDS[head] ?? ""}</span>
        </div>
        {row.handlers.map((handler) => {
          const [icon, tone] = ICONS[handler.name] ?? ["fn", undefined];
          return <HandlerLine key={handler.name} row={handler} icon={icon} tone={tone} />;
        })}
        {row.absent.map((name) => (
          <AbsentHandler key={name} pane={pane} owner={row.name} name={name} icon={(ICONS[name] ?? ["fn"])[0]} />
        ))}
        {row.methods.length ? <div class="sec line-above">Helper methods</div> : null}
        {row.methods.map((method) => (
          <HandlerLine key={method.name} row={method} icon="fn" />
        ))}
      </div>
    </section>
  );
}

/** A handler that the file does not have, with the way to write it. */
function AbsentHandler({ pane, owner, name, icon }: { pane: Pane<State>; owner: string; name: string; icon: IconName }) {
  const { go } = useAround();
  return (
    <div class="row big absent">
      <Tile icon={icon} />
      <span class="grow">
        <span class="nm">{name}</span>
        <span class="two2">not written</span>
      </span>
      <Button
        size="small"
        icon="plus"
        onClick={() =>
          pane.wish("edit", { edit: "AddMethod", class_name: owner, name }).then(
            () => go.open("flow", { handler: `${owner}.${name}` }),
            (error: unknown) => pane.fail(error),
          )
        }
      >
        Add {name}
      </Button>
    </div>
  );
}
