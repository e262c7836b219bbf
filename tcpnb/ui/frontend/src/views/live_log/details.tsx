/** One row of the log in full: its bytes as text, hex and JSON, its facts, its traceback. */

import { useEffect, useState } from "preact/hooks";
import { Button, Segmented } from "../../app/parts.tsx";
import { hexDump, json, safe, safeLines, show } from "../../bytes/bytes.ts";
import { Bytes, copy } from "../../bytes/shown.tsx";
import { clock, label, type Row, say } from "./ring.ts";
import { baseName } from "./rows.tsx";

type Face = "text" | "hex" | "json";

interface Props {
  row: Row;
  /** Ask for the row with all that the log keeps of its payload. */
  whole: (seq: number) => Promise<Row | undefined>;
  onClose: () => void;
  onPlace: (file: string, line: number) => void;
  onOnly: (connection: number) => void;
  onProblem: (error: unknown) => void;
}

export function Details({ row: short, whole, onClose, onPlace, onOnly, onProblem }: Props) {
  const [row, setRow] = useState(short);
  const [face, setFace] = useState<Face>("text");
  useEffect(() => {
    let current = true;
    setRow(short);
    const missing = short.hasData && short.data.length < Math.min(short.size, 4096);
    if (missing) whole(short.seq).then((full) => current && full && setRow(full), onProblem);
    return () => {
      current = false;
    };
  }, [short.seq]);
  const value = row.hasData ? json(row.data) : undefined;
  const { more } = row;
  const kept = row.data.length;
  const words = say(row);
  const content = (): string => {
    if (!row.hasData) return [words, more.traceback].filter(Boolean).join("\n");
    return face === "hex" ? hexDump(row.data) : face === "json" && value !== undefined ? JSON.stringify(value, null, 2) : show(row.data);
  };
  return (
    <section class="logdetail" aria-label={`Event ${row.seq}`} onKeyDown={(event) => event.key === "Escape" && (event.stopPropagation(), onClose())}>
      <header>
        <b>{safe(label(row))}</b>
        <span class="facts">
          {clock(row.wall)}
          {row.connection ? ` · #${row.connection}` : ""}
          {row.listener ? ` · ${safe(row.listener)}` : ""}
          {row.size ? ` · ${row.size.toLocaleString("en")} B` : ""}
        </span>
        <span class="grow" />
        {row.hasData ? (
          <Segmented<Face>
            label="Payload as"
            value={face}
            onChange={setFace}
            options={[
              ["text", "Text"],
              ["hex", "Hex"],
              ["json", "JSON"],
            ]}
          />
        ) : null}
        {row.connection ? (
          <Button size="small" onClick={() => onOnly(row.connection)}>
            Only #{row.connection}
          </Button>
        ) : null}
        <Button icon="copy" label="Copy this event" look="ghost" size="small" onClick={() => void copy(content()).catch(onProblem)} />
        <Button icon="x" label="Close details" look="ghost" size="small" onClick={onClose} />
      </header>
      <div class="inside" tabIndex={0} role="group" aria-label="Event content">
        {words && !row.hasData ? <p>{safeLines(words)}</p> : null}
        {more.file && more.line ? (
          <p>
            <button type="button" class="linky mono" onClick={() => onPlace(more.file ?? "", more.line ?? 0)}>
              {safe(baseName(more.file))}:{more.line}
            </button>
          </p>
        ) : null}
        {more.traceback ? <pre class="trace">{safeLines(more.traceback)}</pre> : null}
        {row.hasData && face === "text" ? (
          <pre class="payload">
            <Bytes data={row.data} limit={kept} />
          </pre>
        ) : null}
        {row.hasData && face === "hex" ? <pre>{hexDump(row.data)}</pre> : null}
        {row.hasData && face === "json" ? value === undefined ? <p class="help">This payload is no JSON.</p> : <pre>{safeLines(JSON.stringify(value, null, 2))}</pre> : null}
        {row.hasData && row.size > kept ? (
          <p class="help">
            The log keeps the first {kept.toLocaleString("en")} of {row.size.toLocaleString("en")} bytes.
          </p>
        ) : null}
      </div>
    </section>
  );
}
