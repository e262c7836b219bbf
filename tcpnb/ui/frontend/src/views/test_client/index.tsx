/** The Test Client: several connections to the service, what is sent, what comes back and when. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { useAround, useKept, useMemory, usePane, useStream } from "../../app/hooks.ts";
import { Loading, PaneProblem } from "../../app/frame.tsx";
import { problemOf } from "../../app/circle.ts";
import type { Problem } from "../../app/messages.ts";
import { rove } from "../../app/keys.ts";
import { Badge, Button, Check, cx, Menu, Select, TextField } from "../../app/parts.tsx";
import { safe, show, size, toBase64 } from "../../bytes/bytes.ts";
import { Composer, type Draft, EMPTY_DRAFT, encoded } from "../../bytes/composer.tsx";
import { encode, type Ending, type Mode } from "../../bytes/message.ts";
import { Bytes, copy } from "../../bytes/shown.tsx";
import { Lanes } from "./lanes.tsx";
import { Transcripts, type WireLine } from "./transcript.ts";
import "./client.css";

interface Target {
  name: string;
  /** Empty while it does not listen. */
  address: string;
  tls: boolean;
}

interface Peer {
  number: number;
  name: string;
  target: string;
  address: string;
  state: "connecting" | "connected" | "half-closed" | "closed" | "failed";
  words: string;
  tls: string;
  connection: number;
  service: string;
}

interface Entry {
  mode: Mode;
  text: string;
  ending: Ending;
  size: number;
}

interface ClientState {
  file: string;
  targets: Target[];
  peers: Peer[];
  history: Entry[];
}

const OTHER = "\u0000other";
const TRANSCRIPTS = new WeakMap<object, Transcripts>();
const OPEN = new Set(["connecting", "connected", "half-closed"]);

export function TestClient({ args }: { args: { listener?: string } }) {
  const { width, go } = useAround();
  const pane = usePane<ClientState>("client");
  const transcripts = useKept(TRANSCRIPTS, () => new Transcripts());
  const hear = useCallback((body: unknown) => transcripts.add(body as Record<string, WireLine[]>), [transcripts]);
  useStream(pane, "lines", hear);
  const [chosen, setChosen] = useMemory<number>("client.peer", 0);
  const [target, setTarget] = useMemory<string>("client.target", args.listener ?? "");
  const [other, setOther] = useMemory<string>("client.other", "");
  const [tls, setTls] = useMemory<boolean>("client.tls", false);
  const [timeout, setTimeout_] = useMemory<string>("client.timeout", "5");
  const [draft, setDraft] = useDraft();
  const [pieces, setPieces] = useState("1");
  const [delay, setDelay] = useState("50");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [done, setDone] = useState("");
  const seen = useRef(new Map<number, number>());
  const recalled = useRef(-1);
  const newest = useRef(draft);
  newest.current = draft;

  const state = pane.state;
  if (!state) return <Loading pane={pane} />;
  const { peers, targets, history } = state;
  transcripts.keep(peers.map((peer) => peer.number));
  const peer = peers.find((each) => each.number === chosen) ?? peers.at(-1);
  const isOpen = peer !== undefined && OPEN.has(peer.state);
  const lines = peer ? transcripts.lines(peer.number) : [];
  if (peer) seen.current.set(peer.number, lines.at(-1)?.number ?? 0);
  const named = targets.find((each) => each.name === target) ?? (target === OTHER ? undefined : targets.find((each) => each.address) ?? targets[0]);
  const isOther = target === OTHER || !named;
  const where = { target: isOther ? other : named.name, tls: isOther && tls, timeout: Number(timeout.replace(",", ".")) };

  const fail = (error: unknown): void => setProblem(problemOf(error));
  const tell = (words: string): void => {
    setDone(words);
    setTimeout(() => setDone((now) => (now === words ? "" : now)), 2_500);
  };
  const connect = (): void => {
    if (!(where.timeout > 0)) return setProblem({ text: "write a number of seconds", field: "Time-out" });
    setProblem(null);
    pane.wish<number>("connect", where).then(setChosen, fail);
  };
  const send = (): void => {
    const message = encoded(draft);
    if (!message.bytes) return setProblem({ text: message.problem, field: "Message" });
    for (const [name, value] of [["Split into", pieces], ["ms apart", delay]] as const) {
      if (!/^\s*\d+\s*$/.test(value)) return setProblem({ text: "write a whole number", field: name });
    }
    setProblem(null);
    recalled.current = -1;
    const wish = {
      ...where,
      peer: peer?.number ?? 0,
      data: toBase64(message.bytes),
      pieces: Number(pieces),
      delay: Number(delay),
      mode: draft.mode,
      text: draft.text,
      ending: draft.mode === "text" ? draft.ending : "none",
    };
    // The box is free at once, for who types on while the reply is under way; what was refused comes back into it.
    if (draft.mode !== "file") setDraft({ ...draft, text: "" });
    pane.wish<number>("send", wish).then(setChosen, (error: unknown) => {
      fail(error);
      if (draft.mode !== "file" && newest.current.text === "") setDraft(draft);
    });
  };
  const act = (name: string) => (): void => {
    if (!peer) return;
    setProblem(null);
    pane.wish(name, { peer: peer.number }).catch(fail);
  };
  const copyCell = (): void => {
    if (!peer) return;
    pane.wish<string>("client_cell", { peer: peer.number }).then(copy).then(() => tell("copied, paste it into a cell"), fail);
  };
  const reuse = (entry: Entry): void =>
    // Of a file only the name is remembered: it has to be chosen again.
    setDraft({ mode: entry.mode, text: entry.mode === "file" ? "" : entry.text, ending: entry.mode === "text" ? entry.ending : draft.ending });
  const recall = (step: -1 | 1): void => {
    const usable = history.filter((entry) => entry.mode !== "file");
    const next = recalled.current - step;
    if (next < -1 || next >= usable.length) return;
    recalled.current = next;
    const entry = usable[next];
    if (entry) reuse(entry);
    else setDraft({ ...draft, text: "" });
  };
  const field = (name: string): string | undefined => (problem?.field === name ? problem.text : undefined);
  const inConnect = ["Connect to", "Connect", "Time-out"];
  const wide = width === "wide";

  const connectTo = (
    <Select
      label="Connect to"
      small={!wide}
      hideLabel={!wide}
      value={isOther ? OTHER : named.name}
      options={[...targets.map((each) => [each.name, each.address ? each.name : `${each.name} (stopped)`] as const), [OTHER, "another address…"] as const]}
      onChange={setTarget}
      help={wide && named && !isOther ? named.address || "stopped: press Start first" : undefined}
      problem={inConnect.some((name) => problem?.field === name) && !isOther ? problem?.text : undefined}
    />
  );
  const otherField = isOther ? (
    <TextField label="Host and port" mono small={!wide} hideLabel={!wide} placeholder="127.0.0.1:9000" value={other} onInput={setOther} problem={inConnect.some((name) => problem?.field === name) ? problem?.text : undefined} />
  ) : null;
  const tlsCheck = isOther ? <Check label={wide ? "TLS, with the development CA" : "TLS"} help="TLS, with the development CA" checked={tls} onChange={setTls} /> : null;
  const connectButton = (
    <Button icon="plug" size={wide ? "normal" : "small"} onClick={connect}>
      Connect
    </Button>
  );

  return (
    <section class={cx("client", go.inStudio && "inpanel")} aria-label="Test Client">
      <div class="ct">
        <div
          role="tablist"
          aria-label="Test connections"
          onKeyDown={(event) => {
            if (rove(event, event.currentTarget, "horizontal")) (document.activeElement as HTMLElement).click();
          }}
        >
          {peers.map((each) => (
            <PeerTab onRename={(name) => pane.wish("rename", { peer: each.number, name }).catch(fail)} key={each.number} peer={each} on={each === peer} news={each === peer ? 0 : transcripts.news(each.number, seen.current.get(each.number) ?? 0)} onSelect={() => setChosen(each.number)} />
          ))}
        </div>
        {wide ? <Button icon="plus" label="New connection" look="ghost" size="small" onClick={connect} /> : <div class="cto">{connectTo}{otherField}{tlsCheck}{connectButton}</div>}
        <span class="grow" />
        {done ? (
          <span class="help" role="status">
            {done}
          </span>
        ) : null}
        <Button icon="half" size="small" label={wide ? undefined : "Half-close"} why={peer?.state === "connected" ? undefined : "Nothing is connected"} title="Send the end of the stream (FIN), go on receiving" onClick={act("half_close")}>
          {wide ? "Half-close" : null}
        </Button>
        <Button icon="reset" size="small" label={wide ? undefined : "Reset"} why={isOpen && peer.state !== "connecting" ? undefined : "Nothing is connected"} title="Cut the connection with a reset (RST)" onClick={act("reset")}>
          {wide ? "Reset" : null}
        </Button>
        {peer && !isOpen ? (
          <Button icon="trash" size="small" title="Take this connection and its transcript away" onClick={act("forget")}>
            Remove
          </Button>
        ) : (
          <Button icon="x" size="small" why={isOpen ? undefined : "Nothing is connected"} onClick={act("disconnect")}>
            Disconnect
          </Button>
        )}
        <span class="sep" />
        {wide ? null : <HistoryMenu history={history} onReuse={reuse} />}
        <Button icon="copy" size="small" label={wide ? undefined : "Copy as client cell"} why={lines.length ? undefined : "Nothing was said yet"} title="Copy this conversation as a %%tcp_client cell" onClick={copyCell}>
          {wide ? "Copy as client cell" : null}
        </Button>
      </div>
      <PaneProblem pane={pane} />
      {problem && !["Message", "Split into", "ms apart", ...inConnect].includes(problem.field) ? (
        <div class="clientproblem prob" role="alert">
          {problem.text}
        </div>
      ) : null}
      <div class="cl">
        <div class="talk">
          <Lanes
            lines={lines}
            left={peer?.name ?? "this client"}
            right={peer?.connection ? `${peer.service || peer.target} #${peer.connection}` : (peer?.target ?? "the service")}
            empty={emptyWords(targets)}
          />
          <Composer
            rows={go.inStudio ? 1 : 2}
            draft={draft}
            onDraft={(next) => {
              setDraft(next);
              if (problem) setProblem(null);
              if (next.text) recalled.current = next.text === draft.text ? recalled.current : -1;
            }}
            onSend={send}
            onRecall={draft.text === "" || recalled.current >= 0 ? recall : undefined}
            problem={field("Message")}
            onProblem={(text) => setProblem({ text, field: "Message" })}
            action={
              <Button look="primary" icon="out" onClick={send}>
                Send
              </Button>
            }
          >
            <span class="split">
              <TextField label="Split into" class="row-field" small width={48} inputMode="numeric" value={pieces} problem={field("Split into")} onInput={setPieces} />
              <span class="help long">pieces,</span>
              <TextField label="Milliseconds apart" hideLabel class="row-field" small width={56} inputMode="numeric" value={delay} problem={field("ms apart")} onInput={setDelay} />
              <span class="help">
                ms<span class="long"> apart</span>
              </span>
            </span>
          </Composer>
          <div class="hints help" hidden={go.inStudio}>
            <span>
              <kbd class="kbd">Enter</kbd> sends
            </span>
            <span>
              <kbd class="kbd">↑</kbd> in an empty box: earlier messages
            </span>
            <span class="grow" />
            {wide ? <span>Escapes such as \t and \x00 are sent as one byte</span> : null}
          </div>
        </div>
        {wide ? (
          <aside class="side" aria-label="Connect and history">
            {connectTo}
            {otherField}
            {tlsCheck ?? (
              <div class="f">
                <span class="lab">TLS</span>
                <span class="help">{named?.tls ? "with the development CA" : "none"}</span>
              </div>
            )}
            <TextField label="Time-out" mono end="s" inputMode="decimal" value={timeout} onInput={setTimeout_} />
            <div>{connectButton}</div>
            <div class="history">
              <h2>History</h2>
              {history.length === 0 ? <p class="help">Messages that were sent stand here.</p> : null}
              <ul>
                {history.slice(0, 20).map((entry, index) => (
                  <li key={`${index}-${entry.text}`}>
                    <button type="button" class="hs" title="Put it into the Message box" onClick={() => reuse(entry)}>
                      <span class="cut">
                        <EntryText entry={entry} />
                      </span>
                      <span class="n">{size(entry.size)}</span>
                    </button>
                  </li>
                ))}
              </ul>
            </div>
          </aside>
        ) : null}
      </div>
    </section>
  );
}

interface TabProps {
  peer: Peer;
  on: boolean;
  news: number;
  onSelect: () => void;
  onRename: (name: string) => void;
}

function PeerTab({ peer, on, news, onSelect, onRename }: TabProps) {
  const [name, setName] = useState<string | null>(null);
  const live = OPEN.has(peer.state);
  const words = peer.state === "connected" ? "" : `, ${peer.state}`;
  if (name !== null) {
    const done = (): void => {
      if (name.trim() && name.trim() !== peer.name) onRename(name);
      setName(null);
    };
    return (
      <input
        class="tbname"
        aria-label={`Name of ${peer.name}`}
        value={name}
        maxLength={40}
        ref={(element) => element?.focus()}
        onInput={(event) => setName(event.currentTarget.value)}
        onBlur={done}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Enter") done();
          if (event.key === "Escape") setName(null);
        }}
      />
    );
  }
  return (
    <button
      type="button"
      role="tab"
      data-rove
      class={cx("tb", on && "on")}
      aria-selected={on}
      tabIndex={on ? 0 : -1}
      title={`${safe(peer.words || peer.address)}; F2 or a double click gives it another name`}
      onClick={onSelect}
      onDblClick={() => setName(peer.name)}
      onKeyDown={(event) => event.key === "F2" && setName(peer.name)}
    >
      {peer.state === "connecting" ? <span class="ring" aria-hidden="true" /> : <i class={cx("dot", peer.state === "failed" ? "err" : live && "ok")} aria-hidden="true" />}
      {`${peer.name}${peer.connection ? ` #${peer.connection}` : ""}${words}`}
      {news ? <Badge tone="brand">{news} new</Badge> : null}
    </button>
  );
}

function EntryText({ entry }: { entry: Entry }) {
  const bytes = entry.mode === "file" ? undefined : encode(entry.mode, entry.text, entry.ending).bytes;
  return bytes ? <Bytes data={bytes} limit={80} /> : <>{safe(entry.text)}</>;
}

function HistoryMenu({ history, onReuse }: { history: Entry[]; onReuse: (entry: Entry) => void }) {
  const items = history.slice(0, 12).map((entry) => {
    const bytes = entry.mode === "file" ? undefined : encode(entry.mode, entry.text, entry.ending).bytes;
    return { label: bytes ? show(bytes.subarray(0, 60)) : safe(entry.text), onSelect: () => onReuse(entry) };
  });
  return items.length ? <Menu label="History" icon="clock" size="small" items={items} /> : null;
}

function emptyWords(targets: Target[]): string {
  const up = targets.find((each) => each.address);
  if (up) return `Write a message and press Send: it connects to ${up.name} at ${up.address} first.`;
  if (targets.length) return `${targets[0]?.name} is stopped. Press Start, then write a message and press Send.`;
  return "There is no listener yet. Create a service, or connect to another address.";
}

/** The half-typed message: kept by the widget once it rests, so that a reload of the page finds it. */
function useDraft(): [Draft, (draft: Draft) => void] {
  const { circle } = useAround();
  const [draft, setDraft] = useState<Draft>(() => ({ ...EMPTY_DRAFT, ...(circle.memory["client.draft"] as Partial<Draft> | undefined) }));
  useEffect(() => {
    const timer = setTimeout(() => circle.remember("client.draft", draft.mode === "file" ? { ...EMPTY_DRAFT } : { mode: draft.mode, text: draft.text.slice(0, 10_000), ending: draft.ending }), 400);
    return () => clearTimeout(timer);
  }, [draft]);
  return [draft, setDraft];
}
