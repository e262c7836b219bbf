/** The Live Log: what happens on every connection, as it happens. */

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useAround, useId, useKept, useMemory, usePane, useRefresh, useRested, useStream } from "../../app/hooks.ts";
import type { Args } from "../../app/messages.ts";
import { Button, cx, Empty, ProblemMessage, Segmented, Select, TextField } from "../../app/parts.tsx";
import { size } from "../../bytes/bytes.ts";
import { copy, download } from "../../bytes/shown.tsx";
import { Details } from "./details.tsx";
import { type Batch, EVERYTHING, type Filter, GROUPS, line, plain, Ring, Row, type Way, type WireRow } from "./ring.ts";
import { baseName, LogRows, type Look } from "./rows.tsx";
import "./log.css";

interface LogState {
  /** The design's file name, for the name of a saved log. */
  file: string;
  /** Words for what could be done while nothing has happened yet. */
  hint: string;
}

/** Rows outlive a change of tab: one ring for each circle. */
const RINGS = new WeakMap<object, Ring>();

const WAYS: readonly (readonly [Way, string])[] = [
  ["both", "both ways"],
  ["in", "received"],
  ["out", "sent"],
];
const NO_ROWS: readonly Row[] = [];

export function LiveLog(_: { args: Args }) {
  const { go, width } = useAround();
  const pane = usePane<LogState>("log");
  const id = useId();
  const ring = useKept(RINGS, () => new Ring());
  const refresh = useRefresh();
  const pulse = useRef(0);
  const [follow, setFollow] = useState(true);
  const [frozen, setFrozen] = useState<{ rows: readonly Row[]; events: number } | null>(null);
  const [look, setLook] = useMemory<Look>("log.look", "text");
  const [filter, setFilter] = useState<Filter>(EVERYTHING);
  const [selected, setSelected] = useState(0);
  const [detail, setDetail] = useState<Row | null>(null);
  const [done, setDone] = useState("");
  const text = useRested(filter.text, 120);

  const hear = useCallback(
    (body: unknown) => {
      ring.add(body as Batch);
      pulse.current += 1;
    },
    [ring],
  );
  useStream(pane, "log", hear);

  const applied = useMemo(() => {
    const next = { ...filter, text };
    ring.filter(next);
    return next;
  }, [ring, text, filter.group, filter.connection, filter.way]);
  useEffect(() => setFrozen((now) => (now ? { ...now, rows: [...ring.shown] } : null)), [applied]);

  const short = width !== "wide";
  const rows = frozen ? frozen.rows : ring.shown;
  const isFiltered = applied.text.trim() !== "" || applied.group !== "all" || applied.connection !== 0 || applied.way !== "both";
  const { counts } = ring;
  const unseen = Math.max(0, counts.events - counts.dropped - ring.size);
  const news = frozen ? counts.events - frozen.events : 0;

  const onSelect = useCallback((row: Row, open: boolean) => {
    setSelected(row.seq);
    setFollow(false);
    setDetail((now) => (open || now ? row : null));
  }, []);
  const own = pane.state?.file;
  const onPlace = useCallback(
    (file: string, at: number) => {
      if (baseName(file) === own) go.tab("source", { line: at });
      else pane.fail(new Error(`${baseName(file)} is not the file of this design; open it in JupyterLab's editor`));
    },
    [go, own],
  );
  const whole = useCallback(
    async (seq: number) => {
      const found = await pane.wish<{ row: WireRow } | null>("payload", { seq });
      return found ? new Row(found.row) : undefined;
    },
    [pane],
  );
  const say = (words: string): void => {
    setDone(words);
    setTimeout(() => setDone((now) => (now === words ? "" : now)), 2_500);
  };
  const texts = (chosen: readonly Row[]): string =>
    chosen.map((row) => (look === "json" ? JSON.stringify(plain(row)) : line(row))).join("\n") + "\n";
  const onCopy = (): void => {
    const one = rows.find((row) => row.seq === selected);
    const chosen = one ? [one] : rows.slice(-5_000);
    copy(texts(chosen)).then(() => say(one ? "copied the selected row" : `copied ${chosen.length.toLocaleString("en")} rows`), (error: unknown) => pane.fail(error));
  };
  const onSave = (): void => {
    const stamp = new Date().toISOString().slice(0, 19).replace(/:/g, "-");
    download(`${pane.state?.file.replace(/\.py$/, "") || "tcpnb"}-log-${stamp}.${look === "json" ? "jsonl" : "txt"}`, texts(rows));
    say(`saved ${rows.length.toLocaleString("en")} rows`);
  };
  const root = useRef<HTMLElement>(null);
  // The rows are where a person came from.
  const closeDetail = (): void => {
    root.current?.querySelector<HTMLElement>("[role=grid]")?.focus();
    setDetail(null);
  };
  const only = (connection: number): void => {
    setFilter({ ...filter, connection });
    setFollow(true);
    // Of one connection the page may lack rows that a flood of others pushed aside.
    if (connection && unseen) pane.wish<Batch>("connection", { connection }).then((batch) => (ring.merge(batch.rows), refresh()), (error: unknown) => pane.fail(error));
  };
  const earlier = (): void => {
    const before = ring.gap || counts.events + 1;
    pane.wish<Batch>("earlier", { before }).then((batch) => (ring.merge(batch.rows), setFollow(false), refresh()), (error: unknown) => pane.fail(error));
  };

  return (
    <section class={cx("livelog", go.inStudio && "inpanel")} aria-label="Live Log" ref={root}>
      <div class="tool" role="toolbar" aria-label="Live Log">
        <Button icon="follow" size="small" on={follow} label={short ? "Follow" : undefined} title="Follow: keep the newest row in sight" onClick={() => setFollow(!follow)}>
          {short ? null : "Follow"}
        </Button>
        <Button
          icon={frozen ? "play" : "pause"}
          size="small"
          on={frozen !== null}
          label={short ? "Pause" : undefined}
          title={frozen ? "Show what came meanwhile" : "Pause: hold the list still; events go on being kept"}
          onClick={() => setFrozen(frozen ? null : { rows: [...ring.shown], events: counts.events })}
        >
          {short ? null : "Pause"}
        </Button>
        <span class="sep" />
        <TextField
          label="Filter text"
          hideLabel
          small
          class="find"
          icon="search"
          placeholder="Filter text"
          value={filter.text}
          onInput={(value) => setFilter({ ...filter, text: value })}
          onKeyDown={(event) => event.key === "Escape" && filter.text && (event.stopPropagation(), setFilter({ ...filter, text: "" }))}
        />
        <Select label="Kind" hideLabel small value={filter.group} options={Object.entries(GROUPS).map(([key, group]) => [key, group.words] as const)} onChange={(group) => setFilter({ ...filter, group })} />
        <Select
          label="Connection"
          hideLabel
          small
          value={String(filter.connection)}
          options={[["0", "all connections"], ...connectionChoices(ring.connections, filter.connection)]}
          onChange={(value) => only(Number(value))}
        />
        <Select label="Direction" hideLabel small value={filter.way} options={WAYS} onChange={(way) => setFilter({ ...filter, way: way as Way })} />
        <span class="grow" />
        <Segmented<Look>
          label="Show bytes as"
          value={look}
          onChange={setLook}
          options={[
            ["text", width === "wide" ? "Text + hex" : "Text"],
            ["hex", "Hex"],
            ["json", "JSON"],
          ]}
        />
        <Button icon="copy" label="Copy" look="ghost" onClick={onCopy} />
        <Button icon="save" label="Save" look="ghost" onClick={onSave} />
      </div>
      {pane.problem ? <ProblemMessage problem={pane.problem} onClose={() => pane.dismiss()} /> : null}
      {rows.length === 0 ? (
        <Nothing isFiltered={isFiltered} hint={pane.state?.hint ?? ""} onClear={() => setFilter(EVERYTHING)} />
      ) : (
        <LogRows
          id={id}
          rows={rows.length ? rows : NO_ROWS}
          pulse={pulse.current}
          look={look}
          wide={width === "wide"}
          follow={follow && !frozen}
          onFollow={setFollow}
          selected={selected}
          onSelect={onSelect}
          onPlace={onPlace}
          onCopy={onCopy}
          onEscape={() => (detail ? setDetail(null) : setSelected(0))}
        />
      )}
      {detail ? (
        <Details row={detail} whole={whole} onClose={closeDetail} onPlace={onPlace} onOnly={only} onProblem={(error) => pane.fail(error)} />
      ) : null}
      <footer class="foot">
        <span>{`${counts.events.toLocaleString("en")} ${counts.events === 1 ? "event" : "events"}`}</span>
        {isFiltered ? <span>{rows.length.toLocaleString("en")} match</span> : null}
        <span title="Kept in the kernel's log but not on this page: more happened than a page can show">{unseen.toLocaleString("en")} not shown</span>
        {unseen ? (
          <button type="button" class="linky" onClick={earlier}>
            show earlier
          </button>
        ) : null}
        <span title="Gone from the kernel's log, which keeps the latest 100,000 events or 64 MiB">{counts.dropped.toLocaleString("en")} dropped</span>
        {frozen ? <b role="status">{`paused, ${news.toLocaleString("en")} new`}</b> : null}
        {done ? <span role="status">{done}</span> : null}
        <span class="grow" />
        <span>{size(counts.received)} received</span>
        <span>{size(counts.sent)} sent</span>
      </footer>
    </section>
  );
}

/** The latest hundred, newest first; the chosen one is always among them. */
function connectionChoices(all: readonly number[], chosen: number): (readonly [string, string])[] {
  const some = all.slice(-100).reverse();
  if (chosen && !some.includes(chosen)) some.push(chosen);
  return some.map((connection) => [String(connection), `#${connection}`] as const);
}

function Nothing({ isFiltered, hint, onClear }: { isFiltered: boolean; hint: string; onClear: () => void }) {
  if (isFiltered) {
    return (
      <div class="log none">
        <Empty icon="search" action={<Button size="small" onClick={onClear}>Show all</Button>}>
          No event matches the filter.
        </Empty>
      </div>
    );
  }
  return (
    <div class="log none">
      <Empty icon="logi">{hint || "Nothing has happened yet."}</Empty>
    </div>
  );
}

