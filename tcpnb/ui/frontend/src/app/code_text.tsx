/** A piece of Python to look at: numbered, lightly coloured, no editor needed. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { cx } from "./parts.tsx";

const TOKEN =
  /("""[\s\S]*?"""|'''[\s\S]*?'''|[rbfRBF]{0,2}"(?:\\.|[^"\\\n])*"|[rbfRBF]{0,2}'(?:\\.|[^'\\\n])*')|(#[^\n]*)|\b(and|as|assert|async|await|break|case|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|match|None|nonlocal|not|or|pass|raise|return|True|False|try|while|with|yield)\b|((?<=\b(?:def|class)\s)\w+)/g;
const NAMES = ["", "st", "cm", "kw", "df"];

/** Cut a text into coloured pieces, a list for each line. */
export function pythonLines(text: string): ComponentChildren[][] {
  const lines: ComponentChildren[][] = [[]];
  const put = (piece: string, name: string): void => {
    piece.split("\n").forEach((part, index) => {
      if (index) lines.push([]);
      if (part) lines.at(-1)?.push(name ? <span class={name}>{part}</span> : part);
    });
  };
  let end = 0;
  for (const found of text.matchAll(TOKEN)) {
    put(text.slice(end, found.index), "");
    put(found[0], NAMES[found.slice(1).findIndex((group) => group !== undefined) + 1] ?? "");
    end = found.index + found[0].length;
  }
  put(text.slice(end), "");
  if (text.endsWith("\n")) lines.pop();
  return lines;
}

const ABOVE = 3;
/** Lines that are in sight without scrolling. */
const SIGHT = 12;

/** `marks`: the lines to look at, from 1; the first of them is brought into sight. */
export function CodeText(props: { text: string; label: string; marks: readonly number[]; height: number }) {
  const root = useRef<HTMLPreElement>(null);
  const first = props.marks[0];
  useLayoutEffect(() => {
    const line = root.current?.children[(first ?? 1) <= SIGHT ? 0 : (first ?? 1) - 1 - ABOVE];
    if (root.current && line instanceof HTMLElement) root.current.scrollTop = line.offsetTop - root.current.offsetTop;
  }, [first]);
  return (
    <pre class="codetext inside" role="region" aria-label={props.label} tabIndex={0} ref={root} style={{ maxHeight: props.height }}>
      {pythonLines(props.text).map((line, index) => (
        <span key={index} class={cx("l", props.marks.includes(index + 1) && "on")}>
          <span class="no" aria-hidden="true">
            {index + 1}
          </span>
          {line}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}
