/** The virtual list of log rows: only those in sight are in the page. */

import { memo } from "preact/compat";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { hex, json, safe } from "../../bytes/bytes.ts";
import { Bytes } from "../../bytes/shown.tsx";
import { Icon, type IconName } from "../../app/icons.tsx";
import { cx } from "../../app/parts.tsx";
import { linesOf } from "./lines.ts";
import { clock, label, type Row, say, tone } from "./ring.ts";

export const ROW = 24;
const SPARE = 8;

export type Look = "text" | "hex" | "json";

const ICONS: Record<string, IconName> = {
  listening: "radio",
  stopped: "stop",
  start_failed: "err",
  connected: "plug",
  tls: "shield",
  bytes_received: "in",
  frame_received: "sub",
  bytes_sent: "out",
  end_of_stream: "eof",
  handler_failed: "err",
  error: "err",
  closed: "x",
  refused: "x",
  log: "logi",
  swapped: "restart",
  swap_failed: "err",
  warning: "warn",
};

interface ListProps {
  id: string;
  rows: readonly Row[];
  /** Changes with each batch: `rows` is one growing array. */
  pulse: number;
  look: Look;
  wide: boolean;
  follow: boolean;
  onFollow: (follow: boolean) => void;
  selected: number;
  onSelect: (row: Row, open: boolean) => void;
  onPlace: (file: string, line: number) => void;
  onCopy: () => void;
  onEscape: () => void;
}

export function LogRows(props: ListProps) {
  const { rows, follow, selected } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(240);
  // The scroll position that we set ourselves: a scroll event elsewhere is the person's.
  const placed = useRef(0);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !follow) return;
    element.scrollTop = element.scrollHeight;
    placed.current = element.scrollTop;
    setTop(element.scrollTop);
  }, [follow, props.pulse, rows.length, height]);

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    setTop(element.scrollTop);
    const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 2;
    if (follow && element.scrollTop < placed.current - 2 && !atEnd) props.onFollow(false);
    placed.current = element.scrollTop;
  }, [follow, props.onFollow]);

  const lines = linesOf(rows, props.wide);
  const reveal = (index: number): void => {
    const element = scroller.current;
    if (!element) return;
    const [from, to] = [lines.top(index) * ROW, lines.top(index + 1) * ROW];
    if (from < element.scrollTop) element.scrollTop = from;
    else if (to > element.scrollTop + element.clientHeight) element.scrollTop = to - element.clientHeight;
  };

  // The details below take room: what was chosen stays in sight.
  useLayoutEffect(() => {
    const index = follow ? -1 : rows.findIndex((row) => row.seq === selected);
    if (index >= 0) reveal(index);
  }, [height, selected]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const at = rows.findIndex((row) => row.seq === selected);
    const page = Math.max(1, Math.floor(height / ROW) - 1);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at < 0 ? rows.length - 1 : at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1 };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const index = Math.max(0, Math.min(rows.length - 1, to));
      const row = rows[index];
      if (!row) return;
      props.onSelect(row, false);
      reveal(index);
    } else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey && at >= 0) {
      event.preventDefault();
      const row = rows[at];
      if (row) props.onSelect(row, true);
    } else if (event.key === "Escape") {
      props.onEscape();
    } else if (event.key.toLowerCase() === "c" && (event.ctrlKey || event.metaKey) && !window.getSelection()?.toString()) {
      event.preventDefault();
      props.onCopy();
    }
  };

  const first = lines.at(Math.max(0, Math.floor(top / ROW) - SPARE));
  const last = Math.min(rows.length, lines.at(Math.ceil((top + height) / ROW) + SPARE) + 1);
  const inSight = rows.slice(first, last);
  const places = Math.ceil(height / ROW) + 2 * SPARE + 2;
  return (
    <div
      class={cx("log", props.look, !props.wide && "one")}
      ref={scroller}
      role="grid"
      aria-label="Events"
      aria-rowcount={rows.length}
      aria-activedescendant={inSight.some((row) => row.seq === selected) ? `${props.id}-${selected}` : undefined}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div class="all" role="presentation" style={{ height: lines.total * ROW }}>
        {inSight.map((row, index) => (
          <LogRow
            // Places, not rows, are the keys: when the list runs, elements are filled anew instead of made anew.
            key={(first + index) % places}
            id={`${props.id}-${row.seq}`}
            row={row}
            at={first + index}
            line={lines.top(first + index)}
            tall={lines.isTall(first + index)}
            inside={row.kind === "frame_received" && belongs(rows[first + index - 1], row)}
            look={props.look}
            wide={props.wide}
            selected={row.seq === selected}
            onSelect={props.onSelect}
            onPlace={props.onPlace}
          />
        ))}
      </div>
    </div>
  );
}

/** Whether a frame's chunk, or another frame of it, stands right above. */
function belongs(above: Row | undefined, row: Row): boolean {
  return above !== undefined && above.connection === row.connection && (above.kind === "bytes_received" || above.kind === "frame_received");
}

interface RowProps {
  id: string;
  row: Row;
  at: number;
  line: number;
  /** It takes two lines. */
  tall: boolean;
  inside: boolean;
  look: Look;
  wide: boolean;
  selected: boolean;
  onSelect: (row: Row, open: boolean) => void;
  onPlace: (file: string, line: number) => void;
}

const LogRow = memo(function LogRow({ id, row, at, line, tall, inside, look, wide, selected, onSelect, onPlace }: RowProps) {
  const mood = tone(row);
  return (
    <div
      id={id}
      class={cx("lr", mood, row.kind === "frame_received" && "fr", inside && "inside", tall && "tall", selected && "sel")}
      role="row"
      aria-rowindex={at + 1}
      aria-selected={selected}
      style={{ transform: `translateY(${line * ROW}px)` }}
      onClick={(event) => onSelect(row, !(event.target as Element).closest("button"))}
    >
      <span class="t" role="gridcell">
        {clock(row.wall)}
      </span>
      <span class="c" role="gridcell">
        {row.connection ? `#${row.connection}` : ""}
      </span>
      <span class="k" role="gridcell">
        <Icon name={ICONS[row.kind] ?? "note"} small />
        <span class="cut">{safe(label(row))}</span>
      </span>
      <span class="n" role="gridcell">
        {row.size ? `${row.size} B` : ""}
      </span>
      {row.hasData ? <Payload row={row} look={look} wide={wide} /> : <Said row={row} onSelect={onSelect} onPlace={onPlace} />}
    </div>
  );
});

const LOOKED_AT = 400;

function Payload({ row, look, wide }: { row: Row; look: Look; wide: boolean }) {
  if (look === "hex") {
    return (
      <span class="h wide" role="gridcell">
        {hex(row.data, LOOKED_AT)}
        {row.size > LOOKED_AT ? "…" : ""}
      </span>
    );
  }
  if (look === "json") {
    const value = row.size === row.data.length ? json(row.data) : undefined;
    return (
      <span class={cx("p wide", value !== undefined && "js")} role="gridcell">
        {value === undefined ? <Bytes data={row.data} limit={LOOKED_AT} /> : safe(JSON.stringify(value).slice(0, LOOKED_AT))}
      </span>
    );
  }
  return (
    <>
      <span class={cx("p", !wide && "wide")} role="gridcell">
        <Bytes data={row.data} limit={LOOKED_AT} />
        {row.data.length <= LOOKED_AT && row.size > row.data.length ? "…" : ""}
      </span>
      {wide ? (
        <span class="h" role="gridcell">
          {hex(row.data, 64)}
          {row.size > 64 ? "…" : ""}
        </span>
      ) : null}
    </>
  );
}

function Said({ row, onSelect, onPlace }: Pick<RowProps, "row" | "onSelect" | "onPlace">) {
  const { file, line, traceback } = row.more;
  return (
    <span class="say" role="gridcell">
      <span class="msg">{safe(say(row).slice(0, 500))}</span>
      {file && line ? (
        <button type="button" class="linky m" tabIndex={-1} onClick={() => onPlace(file, line)}>
          {safe(baseName(file))}:{line}
        </button>
      ) : null}
      {traceback ? (
        <button type="button" class="linky" tabIndex={-1} onClick={() => onSelect(row, true)}>
          traceback
        </button>
      ) : null}
    </span>
  );
}

export function baseName(path: string): string {
  return path.split(/[\\/]/).pop() || path;
}
