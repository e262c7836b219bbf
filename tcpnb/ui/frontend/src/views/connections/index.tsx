/** Connections: who is connected, with bytes and variables, and send, close and reset for each. */

import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf } from "../../app/circle.ts";
import { Loading, PaneProblem } from "../../app/frame.tsx";
import { useAround, usePane, useRefresh } from "../../app/hooks.ts";
import type { Args, Problem } from "../../app/messages.ts";
import { Badge, Button, cx, Empty, Modal, Segmented, StateWords, TextField } from "../../app/parts.tsx";
import { safe, size, toBase64 } from "../../bytes/bytes.ts";
import { Composer, type Draft, EMPTY_DRAFT, encoded } from "../../bytes/composer.tsx";
import { copy } from "../../bytes/shown.tsx";
import { age, asText, type Connection, filtered, stateWords, tlsWords } from "./table.ts";
import "./connections.css";

interface ConnectionsState {
  rows: Connection[];
  open: number;
  closed: Connection[];
  closedCount: number;
  limit: number | null;
  listening: string[];
}

type Which = "open" | "all";

export function Connections(_: { args: Args }) {
  const { go, width } = useAround();
  const pane = usePane<ConnectionsState>("connections");
  const [text, setText] = useState("");
  const [which, setWhich] = useState<Which>("open");
  const [selected, setSelected] = useState(0);
  /** A connection's number, or 0 for a broadcast. */
  const [sending, setSending] = useState<number | null>(null);
  const [done, setDone] = useState("");
  const body = useRef<HTMLTableSectionElement>(null);
  const state = pane.state;
  useSeconds(state !== undefined && state.rows.length > 0);
  if (!state) return <Loading pane={pane} />;
  const all = which === "open" ? state.rows : [...state.rows, ...state.closed];
  const rows = filtered(all, text);
  const now = Date.now();
  const tell = (words: string): void => {
    setDone(words);
    setTimeout(() => setDone((before) => (before === words ? "" : before)), 2_500);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!(event.target as HTMLElement).matches("tr")) return;
    const at = rows.findIndex((row) => row.id === selected);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    const row = to === undefined ? undefined : rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!row) return;
    event.preventDefault();
    setSelected(row.id);
    body.current?.querySelector<HTMLElement>(`[data-id="${row.id}"]`)?.focus();
  };
  const wide = width === "wide";
  const stop = rows.some((row) => row.id === selected) ? selected : (rows[0]?.id ?? 0);

  return (
    <section class={cx("connections", go.inStudio && "inpanel")} aria-label="Connections">
      <div class="tool" role="toolbar" aria-label="Connections">
        {go.inStudio ? null : <h2>Connections</h2>}
        <TextField label="Filter by peer or variable" hideLabel small class="find" icon="search" placeholder="Filter by peer or variable" value={text} onInput={setText} />
        <Segmented<Which>
          label="Which connections"
          value={which}
          onChange={setWhich}
          options={[
            ["open", `Open ${state.open}`],
            ["all", `All ${state.open + state.closedCount}`],
          ]}
        />
        <span class="grow" />
        <span class="help" role="status">
          {done || (state.limit ? `${state.open.toLocaleString("en")} of at most ${state.limit.toLocaleString("en")}` : "")}
        </span>
        <Button icon="radio" size="small" why={state.open ? undefined : "Nobody is connected"} onClick={() => setSending(0)}>
          Broadcast…
        </Button>
        <Button icon="copy" label="Copy" look="ghost" onClick={() => copy(asText(rows, now)).then(() => tell("copied the table"), (error: unknown) => pane.fail(error))} />
      </div>
      <PaneProblem pane={pane} />
      {rows.length === 0 ? (
        <Nobody state={state} filtering={text.trim() !== ""} />
      ) : (
        <div class="scroll-x rows">
          <table aria-label="Connections">
            <thead>
              <tr>
                <th class="r">#</th>
                <th>Peer</th>
                {wide ? <th>Listener</th> : null}
                <th>State</th>
                {wide ? <th>TLS</th> : null}
                <th class="r">Received</th>
                <th class="r">Sent</th>
                {wide ? <th class="r">Unsent</th> : null}
                {width === "slim" ? null : <th class="r">Age</th>}
                <th>Variables</th>
                <th class="r acts">
                  <span class={wide ? undefined : "only-read"}>Send, close, reset</span>
                </th>
              </tr>
            </thead>
            <tbody ref={body} onKeyDown={onKeyDown}>
              {rows.map((row) => (
                <tr
                  key={row.id}
                  data-id={row.id}
                  class={cx(row.id === selected && "on", row.state === "closed" && "off")}
                  tabIndex={row.id === stop ? 0 : -1}
                  aria-label={`Connection ${row.id}`}
                  onFocus={() => setSelected(row.id)}
                  onClick={() => setSelected(row.id)}
                >
                  <td class="r m">{row.id}</td>
                  <td class="m">{safe(row.peer)}</td>
                  {wide ? <td>{safe(row.listener)}</td> : null}
                  <td>
                    <ConnectionState row={row} />
                  </td>
                  {wide ? <td title={row.tls || undefined}>{tlsWords(row.tls)}</td> : null}
                  <td class="r m">{size(row.received)}</td>
                  <td class="r m">{size(row.sent)}</td>
                  {wide ? <td class="r m">{size(row.unsent)}</td> : null}
                  {width === "slim" ? null : <td class="r m">{age((row.ended ?? now) - row.since)}</td>}
                  <td class="m vars">
                    <Variables row={row} />
                  </td>
                  <td class="r acts">
                    {row.state === "closed" ? null : (
                      <>
                        <Button icon="out" label={`Send to #${row.id}`} look="ghost" size="small" onClick={() => setSending(row.id)} />
                        <Button icon="x" label={`Close #${row.id}`} look="ghost" size="small" onClick={() => pane.do("close_connection", { id: row.id })} />
                        <Button icon="reset" label={`Reset #${row.id}`} look="ghost" size="small" onClick={() => pane.do("reset_connection", { id: row.id })} />
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {which === "open" && state.open > state.rows.length ? <p class="help more">{`The newest ${state.rows.length} of ${state.open.toLocaleString("en")} are shown.`}</p> : null}
        </div>
      )}
      {sending !== null ? (
        <SendDialog
          title={sending ? `Send to #${sending}` : "Broadcast"}
          help={sending ? "Goes straight to this peer; no handler sees it." : `Goes straight to all ${state.open} open peers; no handler sees it.`}
          onClose={() => setSending(null)}
          onSend={async (data) => {
            const count = await pane.wish<number | null>(sending ? "send" : "broadcast", { id: sending, data });
            tell(sending ? `sent to #${sending}` : `sent to ${count}`);
          }}
        />
      ) : null}
    </section>
  );
}

function ConnectionState({ row }: { row: Connection }) {
  const words = stateWords(row);
  if (row.state === "closed") {
    return (
      <StateWords tone="off">
        <span class="cut why" title={row.words ? safe(row.words) : undefined}>
          {!row.words ? "closed" : row.words.startsWith("closed") ? safe(row.words) : `closed: ${safe(row.words)}`}
        </span>
      </StateWords>
    );
  }
  if (row.paused) {
    return (
      <Badge tone="warn" icon="pause" label={row.paused}>
        {words}
      </Badge>
    );
  }
  return <StateWords tone={row.state === "open" || row.state === "busy" ? "ok" : "busy"}>{words}</StateWords>;
}

function Variables({ row }: { row: Connection }) {
  const text = row.variables.map(([name, value]) => `${name}=${safe(value)}`).join("  ");
  return (
    <span class="cut" title={text}>
      {text}
    </span>
  );
}

function Nobody({ state, filtering }: { state: ConnectionsState; filtering: boolean }) {
  const { go } = useAround();
  if (filtering) return <Empty icon="search">No connection matches the filter.</Empty>;
  return (
    <Empty icon="plug" action={<Button size="small" onClick={() => go.tab("client")}>Open the Test Client</Button>}>
      {state.listening.length ? `No connections yet. Open the Test Client or connect to ${state.listening[0]}.` : "No connections: the service is stopped. Press Start first."}
    </Empty>
  );
}

function SendDialog({ title, help, onClose, onSend }: { title: string; help: string; onClose: () => void; onSend: (data: string) => Promise<void> }) {
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const send = (): void => {
    const message = encoded(draft);
    if (!message.bytes) return setProblem({ text: message.problem, field: "Message" });
    setBusy(true);
    onSend(toBase64(message.bytes)).then(onClose, (error: unknown) => {
      setBusy(false);
      setProblem(problemOf(error));
    });
  };
  return (
    <Modal title={title} onClose={onClose} actions={null}>
      <p class="help">{help}</p>
      <Composer
        draft={draft}
        onDraft={(next) => {
          setDraft(next);
          setProblem(null);
        }}
        onSend={send}
        problem={problem?.text}
        onProblem={(text) => setProblem({ text, field: "Message" })}
        autoFocus
        action={
          <Button look="primary" icon="out" busy={busy} onClick={send}>
            Send
          </Button>
        }
      />
    </Modal>
  );
}

/** Render anew each second, so that ages go on. */
function useSeconds(active: boolean): void {
  const refresh = useRefresh();
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(refresh, 1_000);
    return () => clearInterval(timer);
  }, [active]);
}
