/** The rows that a page holds of the log: bounded, filtered as they come, never rendered here. */

import { fromBase64, json, show, size } from "../../bytes/bytes.ts";

/** What Python's log_feed sends: seq, wall ms, kind, connection, listener, size, payload, text, more. */
export type WireRow = [number, number, string, number, string, number, string, string, More | null];

export interface More {
  handler?: string;
  level?: string;
  peer?: string;
  reason?: string;
  file?: string;
  line?: number;
  traceback?: string;
  received?: number;
  sent?: number;
  seconds?: number;
  /** All other fields as `name=value`. */
  rest?: string;
}

const NOTHING_MORE: More = {};

export interface Counts {
  events: number;
  dropped: number;
  received: number;
  sent: number;
}

export interface Batch {
  rows: WireRow[];
  replay: boolean;
  counts: Counts;
}

/** One event. It keeps what came over the wire and takes it apart when looked at: most rows never are. */
export class Row {
  private readonly wire: WireRow;
  private unpacked: Uint8Array | undefined;
  private searched: string | undefined;

  constructor(wire: WireRow) {
    this.wire = wire;
  }

  get seq(): number {
    return this.wire[0];
  }
  get wall(): number {
    return this.wire[1];
  }
  get kind(): string {
    return this.wire[2];
  }
  get connection(): number {
    return this.wire[3];
  }
  get listener(): string {
    return this.wire[4];
  }
  get size(): number {
    return this.wire[5];
  }
  get text(): string {
    return this.wire[7];
  }
  get more(): More {
    return this.wire[8] ?? NOTHING_MORE;
  }

  /** The payload as far as it was sent; `size` is its whole size. */
  get data(): Uint8Array {
    return (this.unpacked ??= fromBase64(this.wire[6]));
  }

  get hasData(): boolean {
    return this.wire[6] !== "";
  }

  /** What a text filter looks at, in lower case. */
  get haystack(): string {
    if (this.searched === undefined) {
      const more = this.more;
      const parts = [label(this), this.hasData ? show(this.data) : "", this.text, this.listener, more.peer, more.reason, more.file, more.rest];
      this.searched = parts.filter(Boolean).join(" ").toLowerCase();
    }
    return this.searched;
  }
}

/** The words of a kind, as tcpnb.model.events has them. */
export const WORDS: Record<string, string> = {
  listening: "listening",
  stopped: "stopped",
  start_failed: "start failed",
  connected: "connected",
  tls: "TLS handshake",
  bytes_received: "bytes received",
  frame_received: "frame",
  bytes_sent: "bytes sent",
  end_of_stream: "end of stream",
  handler_failed: "handler failed",
  error: "error",
  closed: "closed",
  refused: "connection refused",
  log: "log",
  swapped: "code swapped",
  swap_failed: "code not swapped",
  warning: "warning",
};

/** What stands in the event column: the handler's name where one failed, the level of a log row. */
export function label(row: Row): string {
  if (row.kind === "handler_failed" && row.more.handler) return `${row.more.handler.split(".").pop()} failed`;
  if (row.kind === "log" && row.more.level) return row.more.level === "print" ? "print" : `log ${row.more.level}`;
  return WORDS[row.kind] ?? row.kind;
}

export type Tone = "plain" | "in" | "out" | "bad" | "warn" | "good";

export function tone(row: Row): Tone {
  switch (row.kind) {
    case "bytes_received":
    case "frame_received":
      return "in";
    case "bytes_sent":
      return "out";
    case "handler_failed":
    case "error":
    case "start_failed":
    case "swap_failed":
      return "bad";
    case "warning":
    case "refused":
      return "warn";
    case "log":
      return row.more.level === "error" ? "bad" : row.more.level === "warning" ? "warn" : "plain";
    default:
      return "plain";
  }
}

export type Way = "both" | "in" | "out";

/** The picker of kinds: groups that a person thinks in, not each kind by itself. */
export const GROUPS: Record<string, { words: string; kinds: ReadonlySet<string> | undefined }> = {
  all: { words: "all kinds", kinds: undefined },
  bytes: { words: "bytes", kinds: new Set(["bytes_received", "frame_received", "bytes_sent"]) },
  chunks: { words: "chunks, no frames", kinds: new Set(["bytes_received", "bytes_sent"]) },
  life: { words: "connections", kinds: new Set(["connected", "tls", "end_of_stream", "closed", "refused"]) },
  errors: { words: "errors", kinds: new Set(["handler_failed", "error", "start_failed", "swap_failed", "refused", "warning"]) },
  log: { words: "log", kinds: new Set(["log"]) },
  service: { words: "service", kinds: new Set(["listening", "stopped", "start_failed", "swapped", "swap_failed", "warning"]) },
};

export interface Filter {
  /** Words that must all be there, in any order; case does not matter. */
  text: string;
  group: string;
  /** 0 for all. */
  connection: number;
  way: Way;
}

export const EVERYTHING: Filter = { text: "", group: "all", connection: 0, way: "both" };

const IN = new Set(["bytes_received", "frame_received"]);

/** A test for rows, made once for each filter. */
export function matcher(filter: Filter): (row: Row) => boolean {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const kinds = GROUPS[filter.group]?.kinds;
  const { connection, way } = filter;
  return (row) => {
    if (connection && row.connection !== connection) return false;
    if (kinds && !kinds.has(row.kind) && !(filter.group === "errors" && tone(row) === "bad")) return false;
    if (way === "in" && !IN.has(row.kind)) return false;
    if (way === "out" && row.kind !== "bytes_sent") return false;
    return words.every((word) => row.haystack.includes(word));
  };
}

/** A bounded store of rows with a filtered view that is kept up to date at each batch. */
export class Ring {
  readonly capacity: number;
  private rows: Row[] = [];
  private visible: Row[] = [];
  private matches = matcher(EVERYTHING);
  private filtered = false;
  private ids = new Set<number>();
  /** Rows that came to this page and were let go for newer ones. */
  forgotten = 0;
  counts: Counts = { events: 0, dropped: 0, received: 0, sent: 0 };

  constructor(capacity = 50_000) {
    this.capacity = capacity;
  }

  get shown(): readonly Row[] {
    return this.filtered ? this.visible : this.rows;
  }

  get size(): number {
    return this.rows.length;
  }

  /** Connections that a row speaks of, in ascending order. */
  get connections(): number[] {
    return [...this.ids].sort((a, b) => a - b);
  }

  /** Take a batch; rows that are there already are not taken twice. Returns how many rows of the filtered view left at its front. */
  add(batch: Batch): number {
    this.counts = batch.counts;
    const last = this.rows[this.rows.length - 1]?.seq ?? 0;
    // A log that starts anew (a kernel restart) numbers its events from 1 again.
    if (batch.replay && last > batch.counts.events) this.clear();
    const known = this.rows[this.rows.length - 1]?.seq ?? 0;
    // News may come before the replay that was asked for: what was before them is still missing then.
    if (batch.replay && known) {
      this.merge(batch.rows);
      return this.trim();
    }
    for (const wire of batch.rows) {
      if (wire[0] <= known) continue;
      const row = new Row(wire);
      this.rows.push(row);
      if (row.connection) this.ids.add(row.connection);
      if (this.filtered && this.matches(row)) this.visible.push(row);
    }
    return this.trim();
  }

  /** The number of the row behind the newest gap: the rows before it are those that are missed most. */
  get gap(): number {
    for (let at = this.rows.length - 1; at >= 0; at--) {
      const seq = this.rows[at]?.seq ?? 0;
      if (seq - (this.rows[at - 1]?.seq ?? 0) > 1) return seq;
    }
    return 0;
  }

  /** Take rows from anywhere in the log, in their places. */
  merge(rows: readonly WireRow[]): void {
    const known = new Set(this.rows.map((row) => row.seq));
    const fresh = rows.filter((wire) => !known.has(wire[0])).map((wire) => new Row(wire));
    if (!fresh.length) return;
    this.rows = [...this.rows, ...fresh].sort((a, b) => a.seq - b.seq);
    for (const row of fresh) if (row.connection) this.ids.add(row.connection);
    if (this.filtered) this.visible = this.rows.filter(this.matches);
  }

  filter(filter: Filter): void {
    this.matches = matcher(filter);
    this.filtered = filter.text.trim() !== "" || filter.group !== "all" || filter.connection !== 0 || filter.way !== "both";
    this.visible = this.filtered ? this.rows.filter(this.matches) : [];
  }

  clear(): void {
    this.rows = [];
    this.visible = [];
    this.ids.clear();
    this.forgotten = 0;
  }

  /** The place of a row in the filtered view, or of the first one after it. */
  indexOf(seq: number): number {
    const shown = this.shown;
    let low = 0;
    let high = shown.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((shown[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private trim(): number {
    // Let go in strides: a splice of one row at a time would move 50,000.
    const excess = this.rows.length - this.capacity;
    if (excess < Math.min(2_000, this.capacity / 10)) return 0;
    const before = this.shown.length;
    this.rows.splice(0, excess);
    this.forgotten += excess;
    if (this.filtered) {
      const first = this.rows[0]?.seq ?? Infinity;
      let gone = 0;
      while (gone < this.visible.length && (this.visible[gone]?.seq ?? 0) < first) gone++;
      this.visible.splice(0, gone);
      return gone;
    }
    return before - this.shown.length;
  }
}

/** hh:mm:ss.mmm of the person's clock. */
export function clock(wall: number): string {
  const date = new Date(wall);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** One row as a line of text, for copying and saving. */
export function line(row: Row): string {
  const parts = [clock(row.wall), row.connection ? `#${row.connection}` : "-", label(row)];
  if (row.size) parts.push(`${row.size} B`);
  const words = say(row);
  if (row.hasData) parts.push(show(row.data) + (row.size > row.data.length ? `… (+${row.size - row.data.length} bytes)` : ""));
  if (words) parts.push(words);
  if (row.more.file && row.more.line) parts.push(`${row.more.file}:${row.more.line}`);
  return parts.join("  ");
}

/** The words of a row without bytes. */
export function say(row: Row): string {
  const { more } = row;
  if (row.kind === "connected" && more.peer) return row.listener ? `${more.peer} to ${row.listener}` : more.peer;
  if (row.kind === "closed" && more.seconds !== undefined) {
    return `${row.text || more.reason}, after ${duration(more.seconds)}: ${size(more.received ?? 0)} received, ${size(more.sent ?? 0)} sent`;
  }
  if (row.kind === "end_of_stream" && !row.text) return "the peer has finished sending (EOF)";
  const parts = [row.text, more.reason && !row.text.includes(more.reason) ? more.reason : "", more.rest ?? ""].filter(Boolean);
  if (!parts.length && !row.hasData) parts.push(row.listener);
  return parts.join(" · ");
}

/** 3.5 s, 850 ms, 4 min 10 s. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** One row as an object, for the JSON view and for saving. */
export function plain(row: Row): Record<string, unknown> {
  const out: Record<string, unknown> = { seq: row.seq, time: new Date(row.wall).toISOString(), kind: row.kind };
  if (row.listener) out.listener = row.listener;
  if (row.connection) out.connection = row.connection;
  if (row.size) out.size = row.size;
  if (row.hasData) {
    const value = json(row.data);
    if (value !== undefined && row.size === row.data.length) out.data = value;
    else out.text_of_data = show(row.data);
  }
  if (row.text) out.text = row.text;
  const { rest, ...more } = row.more;
  Object.assign(out, more);
  if (rest) out.fields = rest;
  return out;
}
