/** TCP Service Configuration: all listeners of a service in one page, with one Save Changes. */

import "./config.css";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { Loading, ViewFrame } from "../../app/frame.tsx";
import { useAround, usePane } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { rove } from "../../app/keys.ts";
import { Badge, Button, cx, Empty, Message, Select, StateWords } from "../../app/parts.tsx";
import { useDraft } from "../../app/typing.ts";
import { useEdits } from "../flow/edits.ts";
import { LeaveDialog, useLeaving } from "../leave_dialog.tsx";
import { AttachListener } from "./attach.tsx";
import { ListenerForm } from "./listener_form.tsx";
import { type ConfigState, consequence, countChanges, type Drafts, isChanged, type ListenerState, type ListenerValues, restored } from "./model.ts";

export function ListenerSettings({ args }: { args: { service?: string; listener?: string; attach?: boolean } }) {
  const pane = usePane<ConfigState>("config", args);
  if (!pane.state) return <Loading pane={pane} />;
  return <Designer pane={pane} state={pane.state} attach={args.attach === true} />;
}

function toneOf(listener: ListenerState): "ok" | "err" | "off" | "busy" {
  return listener.state === "listening" ? "ok" : listener.state === "failed" ? "err" : listener.state === "starting" ? "busy" : "off";
}

function wordsOf(listener: ListenerState): string {
  if (listener.state === "listening") return `listening ${listener.address}`;
  return listener.state === "failed" ? `failed: ${listener.error}` : listener.state;
}

function Designer({ pane, state, attach }: { pane: Pane<ConfigState>; state: ConfigState; attach: boolean }) {
  const { go, width } = useAround();
  const edit = useEdits(pane);
  const [typed, setDrafts] = useDraft<Drafts>(`config:${state.service}`, "listeners", {});
  const drafts = useMemo(() => restored(typed, state.listeners), [typed, state.listeners]);
  const [why, setWhy] = useState<Record<string, string>>({});
  const [refused, setRefused] = useState<{ listener: string; field: string; text: string }>();
  const [attaching, setAttaching] = useState(attach);
  const [busy, setBusy] = useState(false);
  const [here, setHere] = useState(state.focus || state.listeners[0]?.name || "");
  const body = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState(state.focus);

  const dirty = state.listeners.filter((each) => isChanged(drafts[each.name], each.values));
  const changes = dirty.reduce((sum, each) => sum + countChanges(drafts[each.name], each.values), 0);
  const wrong = dirty.map((each) => why[each.name]).find(Boolean);
  const leaving = useLeaving(dirty.length > 0, () => setDrafts({}));

  const change = (listener: string, values: ListenerValues): void => {
    setRefused(undefined);
    setDrafts({ ...drafts, [listener]: values });
  };
  const scrollTo = (name: string): void => {
    setHere(name);
    const section = body.current?.querySelector<HTMLElement>(`[data-section="${CSS.escape(name)}"]`);
    if (section && body.current) body.current.scrollTop = section.offsetTop;
  };
  useLayoutEffect(() => {
    if (!wanted || !state.listeners.some((each) => each.name === wanted)) return;
    scrollTo(wanted);
    setWanted("");
  }, [state.listeners, wanted]);
  /** False when there was nothing to save, or it was refused. */
  const save = (): Promise<boolean> => {
    if (wrong || busy || dirty.length === 0) return Promise.resolve(false);
    setBusy(true);
    const list = dirty.map((each) => ({ listener: each.name, values: drafts[each.name] }));
    return edit<{ renamed: Record<string, string> }>("save", { changes: list })
      .then(
        (done) => {
          setDrafts({});
          setHere((now) => done.renamed[now] ?? now);
          return true;
        },
        (error: unknown) => {
          const problem = problemOf(error);
          if (problem.field && list[0]) setRefused({ listener: list[0].listener, field: problem.field, text: problem.text });
          else pane.fail(error);
          return false;
        },
      )
      .finally(() => setBusy(false));
  };
  const spy = (): void => {
    const box = body.current;
    if (!box) return;
    const top = box.getBoundingClientRect().top;
    const sections = [...box.querySelectorAll<HTMLElement>("[data-section]")];
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 2;
    const passed = sections.filter((each) => each.getBoundingClientRect().top - top <= 48);
    const now = atEnd ? sections.at(-1) : (passed.at(-1) ?? sections[0]);
    if (now?.dataset["section"] !== undefined) setHere(now.dataset["section"]);
  };
  const detach = (name: string): void => {
    edit("detach", { listener: name }).catch((error: unknown) => pane.fail(error));
  };

  if (!state.service)
    return (
      <section class="view">
        <Empty icon="radio" action={<Button look="primary" onClick={() => go.open("create", {})}>Create a TCP Service</Button>}>
          {state.file} has no TCP service yet.
        </Empty>
      </section>
    );
  const count = state.listeners.length;
  return (
    <ViewFrame pane={pane} label="TCP Service Configuration" class="configframe">
      <header class="vh ruled">
        {go.inStudio ? <Button icon="cl" label="Back" look="ghost" onClick={() => go.back()} /> : null}
        <div class="vht">
          <h1>TCP Service Configuration</h1>
          <p class="sub">
            {state.service} in {state.file}
          </p>
        </div>
        <span class="grow" />
        {state.services.length > 1 ? (
          <Select
            label="Service"
            hideLabel
            width={180}
            value={state.service}
            options={state.services.map((each) => [each, each] as const)}
            onChange={(service) => go.open("config", { service })}
          />
        ) : null}
      </header>
      {state.current ? null : <Message tone="warn">The file is half-typed: finish the text in Source before you save here.</Message>}
      <div class={cx("configbody", width === "slim" && "slim")}>
        <nav class="confignav" aria-label="Sections" onKeyDown={(event) => void rove(event, event.currentTarget)}>
          <button type="button" data-rove class={cx("it inside", here === "" && "on")} aria-current={here === "" ? "true" : undefined} onClick={() => scrollTo("")}>
            <Icon name="entry" />
            TCP Service
          </button>
          <h3>Attached Listeners</h3>
          {state.listeners.map((each) => (
            <button
              type="button"
              data-rove
              key={each.name}
              class={cx("it sub inside", here === each.name && "on")}
              aria-current={here === each.name ? "true" : undefined}
              onClick={() => scrollTo(each.name)}
            >
              <Icon name="radio" />
              <span class="cut">{drafts[each.name]?.name || each.name}</span>
              {isChanged(drafts[each.name], each.values) ? (
                <Badge tone="brand" label="changed">
                  {countChanges(drafts[each.name], each.values)}
                </Badge>
              ) : null}
              <i class={cx("dot r", toneOf(each))} title={wordsOf(each)} aria-hidden="true" />
            </button>
          ))}
          {state.inline.map((each) => (
            <p class="it sub help" key={each} title="Made inside the decorator: give it a name in Source to change it here.">
              <code class="cut">{each}</code>
            </p>
          ))}
          <span class="grow" />
          <Button class="attach" onClick={() => setAttaching(true)}>
            + Attach Listener
          </Button>
        </nav>
        <div class="configforms" ref={body} onScroll={spy}>
          <section data-section="" aria-label="TCP Service" class="about">
            <h2>TCP Service</h2>
            <p>
              {state.service} serves {count === 1 ? "one listener" : `${count} listeners`}. {state.documentation}
            </p>
            <p class="help">The service itself has no settings: all stand with its listeners.</p>
          </section>
          {state.listeners.map((each) => (
            <section key={each.name} data-section={each.name} aria-label={`Configuration for ${each.name}`}>
              <div class="sectop">
                <h2>Configuration for {each.name}</h2>
                <StateWords tone={toneOf(each)}>{wordsOf(each)}</StateWords>
                <span class="grow" />
                <Button
                  look="danger"
                  size="small"
                  icon="trash"
                  label={`Detach ${each.name}`}
                  why={state.canDetach ? false : "A service needs a listener: attach another one first"}
                  onClick={() => detach(each.name)}
                >
                  Detach
                </Button>
              </div>
              <ListenerForm
                pane={pane}
                state={state}
                listener={each.name}
                saved={each.values}
                values={drafts[each.name] ?? each.values}
                onChange={(values) => change(each.name, values)}
                onVerdict={(words) => setWhy((now) => ({ ...now, [each.name]: words }))}
                refused={refused?.listener === each.name ? refused : undefined}
              />
            </section>
          ))}
        </div>
      </div>
      <div class="savebar">
        {changes ? <Badge tone="brand">{changes === 1 ? "1 change" : `${changes} changes`}</Badge> : null}
        <span class="help cut">{changes ? consequence(drafts, state.listeners) : "Nothing is changed."}</span>
        <span class="grow" />
        <Button size="big" why={changes ? false : "Nothing is changed"} onClick={() => setDrafts({})}>
          Discard
        </Button>
        <Button size="big" look="primary" busy={busy} why={changes ? wrong : "Nothing is changed"} onClick={() => void save()}>
          Save Changes
        </Button>
      </div>
      {attaching ? (
        <AttachListener
          pane={pane}
          state={state}
          edit={edit}
          onClose={() => setAttaching(false)}
          onDone={(listener) => {
            setAttaching(false);
            setWanted(listener);
          }}
        />
      ) : null}
      <LeaveDialog leaving={leaving} why={wrong} onSave={save}>
        <p>The changes are not saved yet. Once they are: {consequence(drafts, state.listeners)}</p>
      </LeaveDialog>
    </ViewFrame>
  );
}
