/** A transcript as two lanes: the client's left, the service's right, the time between them. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../app/icons.tsx";
import { cx } from "../../app/parts.tsx";
import { safe } from "../../bytes/bytes.ts";
import { Bytes } from "../../bytes/shown.tsx";
import { asides, type Line } from "./transcript.ts";

const STRIDE = 60;

export function Lanes({ lines, left, right, empty }: { lines: readonly Line[]; left: string; right: string; empty: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [most, setMost] = useState(STRIDE);
  useEffect(() => setMost(STRIDE), [left]);
  const last = lines.at(-1)?.number ?? 0;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [last, left]);
  const first = Math.max(0, lines.length - most);
  return (
    <div class="lanebox">
      <div class="lh" aria-hidden="true">
        <span class="cut">{left}</span>
        <span>ms since Connect</span>
        <span class="cut">{right}</span>
      </div>
      <div
        class="lanes"
        ref={scroller}
        role="log"
        aria-label="Transcript"
        tabIndex={0}
        onScroll={() => {
          const element = scroller.current;
          if (element) atEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
        }}
      >
        {first > 0 ? (
          <div class="sys">
            <button type="button" class="linky" onClick={() => setMost(most + STRIDE)}>
              {first.toLocaleString("en")} earlier lines
            </button>
          </div>
        ) : null}
        {lines.length === 0 ? <p class="none">{empty}</p> : null}
        {lines.slice(first).map((line, index) => (
          // Places are the keys: in a flood elements are filled anew instead of made anew.
          <LaneLine key={index} line={line} notes={asides(lines, first + index)} gap={line.number - (lines[first + index - 1]?.number ?? line.number - 1) - 1} />
        ))}
      </div>
    </div>
  );
}

function LaneLine({ line, notes, gap }: { line: Line; notes: string[]; gap: number }) {
  if (line.way === "note") return <div class="sys">{safe(line.text)}</div>;
  const sent = line.way === "out";
  return (
    <>
      {gap > 0 ? <div class="sys">{`${gap.toLocaleString("en")} lines not shown`}</div> : null}
      <div class={cx("ms", sent ? "sent" : "came")}>
        <div class={cx("bb", sent ? "me" : "you")}>
          <span class="only-read">{sent ? "sent: " : "received: "}</span>
          <Bytes data={line.data} limit={2048} cuts={line.cuts} />
          {notes.map((note) => (
            <small key={note}>{note}</small>
          ))}
        </div>
        <div class="tm">
          {sent ? null : <Icon name="in" small />}
          <span>{Math.round(line.at).toLocaleString("en", { useGrouping: false })}</span>
          {sent ? <Icon name="out" small /> : null}
        </div>
      </div>
    </>
  );
}
