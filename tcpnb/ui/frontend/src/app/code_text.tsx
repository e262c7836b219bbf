/** A piece of Python to look at: numbered, lightly coloured, no editor needed. */

import type { ComponentChildren } from "preact";
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

export function CodeText(props: { text: string; label: string; mark?: RegExp; height?: number | string }) {
  return (
    <pre class="codetext inside" role="region" aria-label={props.label} tabIndex={0} style={{ maxHeight: props.height }}>
      {pythonLines(props.text).map((line, index) => (
        <span key={index} class={cx("l", props.mark?.test(props.text.split("\n")[index] ?? "") && "on")}>
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
