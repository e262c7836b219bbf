/** The code editor as a part: CodeMirror where the page lets it load, a plain text area elsewhere. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { PATIENCE_MS } from "../insist.ts";
import { useAround } from "./hooks.ts";
import { cx } from "./parts.tsx";

/** A problem, at its place in the text; lines from 1, columns from 0. */
export interface Mark {
  line: number;
  column?: number | undefined;
  endLine?: number | undefined;
  endColumn?: number | undefined;
  severity: "error" | "warning" | "note";
  message: string;
}

export interface Place {
  text: string;
  offset: number;
  line: number;
  column: number;
}

export interface Proposal {
  label: string;
  /** A word at the right: a type, a kind. */
  detail?: string;
  /** What is put in, when it is not the label. */
  apply?: string;
  type?: string;
}

export interface EditorOptions {
  value: string;
  /** The accessible name. */
  label: string;
  onChange?: ((text: string) => void) | undefined;
  onSave?: (() => void) | undefined;
  onBlur?: (() => void) | undefined;
  onCursor?: ((line: number, column: number) => void) | undefined;
  complete?: ((place: Place) => Promise<Proposal[]>) | undefined;
  readOnly?: boolean | undefined;
  /** Line numbers; true unless told. */
  numbers?: boolean | undefined;
  /** The number of the first line; 1 unless told. Marks and places count from 1 all the same. */
  firstLine?: number | undefined;
  wrap?: boolean | undefined;
  placeholder?: string | undefined;
}

export interface Editor {
  setValue(text: string): void;
  setMarks(marks: readonly Mark[]): void;
  setReadOnly(readOnly: boolean): void;
  setFirstLine(line: number): void;
  reveal(line: number): void;
  focus(): void;
  destroy(): void;
}

type EditorModule = { create(parent: HTMLElement, options: EditorOptions): Editor };

/**
 * A text with highlighting, completion and problems in the gutter. `value` is the text from outside; what is typed
 * comes by `onChange` at each key: rest it with a timer of your own. Escape, then Tab, leaves it.
 */
export function CodeEditor(props: EditorOptions & { marks?: readonly Mark[]; height?: number | string; class?: string; reveal?: number | undefined; autoFocus?: boolean }) {
  const { load } = useAround();
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const [plain, setPlain] = useState(false);
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let ended = false;
    // Then a plain text area takes its place.
    const patience = setTimeout(() => setPlain(true), PATIENCE_MS);
    load("editor").then(
      (module) => {
        clearTimeout(patience);
        if (ended || !host.current) return;
        const options = newest.current;
        editor.current = (module as EditorModule).create(host.current, {
          ...options,
          onChange: (text) => newest.current.onChange?.(text),
          onSave: options.onSave ? () => newest.current.onSave?.() : undefined,
          onBlur: () => newest.current.onBlur?.(),
          onCursor: (line, column) => newest.current.onCursor?.(line, column),
          complete: options.complete ? (place) => newest.current.complete?.(place) ?? Promise.resolve([]) : undefined,
        });
        setReady(true);
      },
      () => !ended && setPlain(true),
    );
    return () => {
      ended = true;
      clearTimeout(patience);
      editor.current?.destroy();
      editor.current = null;
    };
  }, []);
  // Before the next key can come: later, a text that is older than what was typed meanwhile would take its place.
  useLayoutEffect(() => editor.current?.setValue(props.value), [props.value, ready]);
  useEffect(() => {
    if (ready && newest.current.autoFocus) editor.current?.focus();
  }, [ready]);
  useEffect(() => editor.current?.setMarks(props.marks ?? []), [JSON.stringify(props.marks ?? []), ready]);
  useEffect(() => editor.current?.setReadOnly(props.readOnly ?? false), [props.readOnly, ready]);
  useEffect(() => editor.current?.setFirstLine(props.firstLine ?? 1), [props.firstLine, ready]);
  useEffect(() => {
    if (props.reveal !== undefined) editor.current?.reveal(props.reveal);
  }, [props.reveal, ready]);
  return (
    <div class={cx("editor", props.class)} style={{ height: props.height }}>
      {plain ? (
        <PlainEditor {...props} />
      ) : (
        <div class="cmhost" ref={host}>
          {ready ? null : <pre class="cmwait">{props.value}</pre>}
        </div>
      )}
    </div>
  );
}

function PlainEditor(props: EditorOptions & { marks?: readonly Mark[]; autoFocus?: boolean }) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (props.autoFocus) area.current?.focus();
  }, []);
  return (
    <>
      <textarea
        class="plaineditor inside"
        ref={area}
        aria-label={props.label}
        spellcheck={false}
        readOnly={props.readOnly}
        value={props.value}
        onInput={(event) => props.onChange?.(event.currentTarget.value)}
        onBlur={() => props.onBlur?.()}
        onKeyDown={(event) => {
          if (!(event.ctrlKey || event.metaKey) || event.key !== "s" || !props.onSave) return;
          event.preventDefault();
          event.stopPropagation();
          props.onSave();
        }}
      />
      {props.marks?.length ? (
        <ul class="plainmarks">
          {props.marks.map((mark, index) => (
            <li key={index} class={mark.severity}>
              line {mark.line + (props.firstLine ?? 1) - 1}: {mark.message}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
