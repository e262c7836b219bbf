/** The handler as text, beside the flow: the selected step's lines marked, problems underlined, a click selects. */

import { memo } from "preact/compat";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button, cx } from "../../app/parts.tsx";
import { tokens } from "./highlight.ts";
import type { FlowState } from "./state.ts";

export interface LineProblem {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  severity: string;
  text: string;
}

interface Props {
  lines: readonly string[];
  firstLine: number;
  from: number;
  to: number;
  problems: readonly LineProblem[];
  label: string;
  onLine: (line: number) => void;
}

interface BesideProps {
  state: FlowState;
  from: number;
  to: number;
  onEdit: () => void;
  onLine: (line: number) => void;
}

/** The handler's lines with a head that says where they stand. */
export function TextBeside({ state, from, to, onEdit, onLine }: BesideProps) {
  const label = `${state.name} as text`;
  return (
    <div class="txt">
      <div class="th">
        <b>{label}</b>
        <span class="cut">
          {state.file}, lines {state.firstLine}–{state.firstLine + state.lines.length - 1}
        </span>
        <span class="grow" />
        <Button look="link" size="small" icon="edit" onClick={onEdit}>
          Edit text
        </Button>
      </div>
      <HandlerText lines={state.lines} firstLine={state.firstLine} from={from} to={to} problems={state.problems} label={label} onLine={onLine} />
    </div>
  );
}

function HandlerText(props: Props) {
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = root.current;
    const line = box?.querySelector<HTMLElement>(".l.on");
    if (!box || !line) return;
    if (line.offsetTop < box.scrollTop || line.offsetTop + line.offsetHeight > box.scrollTop + box.clientHeight)
      box.scrollTop = line.offsetTop - box.clientHeight / 3;
  }, [props.from, props.firstLine]);
  return (
    <div class="code" ref={root} tabIndex={0} role="region" aria-label={props.label}>
      {props.lines.map((text, index) => {
        const number = props.firstLine + index;
        const problem = props.problems.find((each) => each.line <= number && number <= each.endLine && each.severity !== "note");
        return (
          <Line
            key={number}
            number={number}
            text={text}
            on={number >= props.from && number <= props.to}
            bad={problem ? problem.severity : ""}
            start={problem ? (problem.line === number ? problem.column : 0) : -1}
            end={problem ? (problem.endLine === number ? problem.endColumn : text.length) : -1}
            why={problem?.text ?? ""}
            onLine={props.onLine}
          />
        );
      })}
    </div>
  );
}

interface LineProps {
  number: number;
  text: string;
  on: boolean;
  bad: string;
  start: number;
  end: number;
  why: string;
  onLine: (line: number) => void;
}

const Line = memo(function Line({ number, text, on, bad, start, end, why, onLine }: LineProps) {
  let at = 0;
  return (
    <span class={cx("l", on && "on", bad)} title={why || undefined} onClick={() => onLine(number)}>
      <i class="no" aria-hidden="true">
        {number}
      </i>
      {tokens(text).flatMap(([word, kind], index) => {
        const from = at;
        at += word.length;
        const cut = (one: number, two: number): string => word.slice(Math.max(0, one - from), Math.max(0, two - from));
        if (end <= from || start >= at || start === end) return [<span class={kind || undefined} key={index}>{word}</span>];
        return [
          <span class={kind || undefined} key={`${index}a`}>{cut(from, start)}</span>,
          <span class={cx(kind, "sq2")} key={`${index}b`}>{cut(start, end)}</span>,
          <span class={kind || undefined} key={`${index}c`}>{cut(end, at)}</span>,
        ];
      })}
      {text === "" ? " " : null}
    </span>
  );
});
