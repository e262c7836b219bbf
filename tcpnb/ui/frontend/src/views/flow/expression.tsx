/** A field for an expression: completes the names in scope, says at once what is no Python, commits at rest. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useId, useRefresh } from "../../app/hooks.ts";
import { Button, cx } from "../../app/parts.tsx";
import { Icon, type IconName } from "../../app/icons.tsx";
import type { FieldSpec, NameState } from "./model.ts";
import { fromCharacters, toCharacters } from "./values.ts";

export interface Assist {
  from: number;
  items: NameState[];
  problem: string;
}

export const ICONS: Record<string, IconName> = { function: "fn", class: "box", module: "file", parameter: "entry", keyword: "code" };

/** What can be done to a field from outside. */
export interface FieldHandle {
  /** The text as it stands, and what is selected in it. */
  look(): { text: string; from: number; to: number };
  /** Put a text in at the cursor; afterwards the cursor stands `back` before its end. */
  insert(name: string, back?: number): void;
  /** Take another text; what is no Python yet waits for the person. */
  replace(text: string, caret: number, isWhole: boolean): void;
  focus(): void;
}

export interface ExpressionProps {
  label: string;
  value: string;
  required?: boolean;
  help?: string;
  editor: FieldSpec["editor"];
  /** What Python says of the value as it was committed. */
  problem?: string | undefined;
  placeholder?: string;
  assist: (text: string, cursor: number, editor: string) => Promise<Assist>;
  onInput?: (value: string, problem: string) => void;
  /** Commit each key as it is typed: the form is not in the file yet. */
  live?: boolean;
  /** The value when the person leaves the field or presses Enter; only what differs and is Python. */
  onCommit: (value: string) => void;
  onEnter?: () => void;
  children?: preact.ComponentChildren;
  name?: string;
  /** Where the field says, while it has the focus, how a name is put in at its cursor. */
  insertion?: Insertion | undefined;
  handle?: { current: FieldHandle | undefined };
  /** Buttons at the end of the field. */
  end?: preact.ComponentChildren;
  /** Keys of those buttons; true for one that it took. */
  onKey?: (event: KeyboardEvent) => boolean;
  keyShortcuts?: string;
  /** Opens its names and values. */
  onHelp?: () => void;
}

/** The field that was in use last: what can be put into it, and how its names and values are opened. */
export type Insertion = { current: { insert(name: string): void; help: (() => void) | undefined } | undefined };

/** Fields whose whole value is one of a few names: these can be chosen by a click, too. */
const CHOSEN = new Set<FieldSpec["editor"]>(["type", "target", "call"]);

export function ExpressionField(props: ExpressionProps) {
  const id = useId();
  const input = useRef<HTMLInputElement | HTMLTextAreaElement>(null);
  const [text, show] = useState(props.value);
  /** The text as it is now: what takes the field off the page tells of its end before the next text is drawn. */
  const latest = useRef(text);
  const setText = (next: string): void => {
    latest.current = next;
    show(next);
  };
  const [found, setFound] = useState<Assist>({ from: 0, items: [], problem: "" });
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const asked = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const committed = useRef(props.value);
  /** Where the caret goes with the next text. */
  const caret = useRef<number>(undefined);
  const refresh = useRefresh();
  /** Values that went out and have not come back yet, oldest first. */
  const sent = useRef<string[]>([]);

  // A value that came from elsewhere replaces what stands here; the echo of what was typed here does not, however late.
  // Before the next key can come: later, the value of an older drawing would take the place of that key.
  useLayoutEffect(() => {
    const echo = sent.current.indexOf(props.value);
    if (echo >= 0) {
      sent.current.splice(0, echo + 1);
      return;
    }
    if (committed.current === props.value) return;
    committed.current = props.value;
    setText(props.value);
    setFound({ from: 0, items: [], problem: "" });
  }, [props.value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  // With the text and not a frame later: the next key may be faster than that.
  useLayoutEffect(() => {
    const place = caret.current;
    if (place === undefined) return;
    caret.current = undefined;
    input.current?.focus();
    input.current?.setSelectionRange(place, place);
  });

  const push = (value: string): void => {
    committed.current = value;
    sent.current.push(value);
    props.onCommit(value);
  };
  const ask = (value: string, cursor: number, show: boolean): void => {
    const ticket = ++asked.current;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      props.assist(value, toCharacters(value, cursor), props.editor).then(
        (answer) => {
          if (ticket !== asked.current) return;
          setFound({ ...answer, from: fromCharacters(value, answer.from) });
          setAt(0);
          setOpen(show && answer.items.length > 0 && document.activeElement === input.current);
          props.onInput?.(value, answer.problem);
        },
        () => setOpen(false),
      );
    }, 60);
  };
  const take = (item: NameState): void => {
    const calls = props.editor === "call" && item.kind === "function" && (input.current?.value ?? text)[input.current?.selectionEnd ?? text.length] !== "(";
    if (!calls) return put(item.name, found.from);
    // The cursor goes to where its arguments are written.
    put(`${item.name}()`, found.from, item.signature.startsWith("()") ? 0 : 1);
  };
  /** Put a name in, from `from` on to the end of what is selected; the cursor stands `back` before its end. */
  const put = (name: string, from: number, back = 0): void => {
    const now = input.current?.value ?? text;
    const next = now.slice(0, from) + name + now.slice(input.current?.selectionEnd ?? now.length);
    caret.current = from + name.length - back;
    setText(next);
    setOpen(false);
    refresh();
    props.onInput?.(next, "");
    if (props.live) push(next);
    ask(next, caret.current, false);
  };
  const commit = (): void => {
    const value = latest.current.trim() === "" ? "" : latest.current;
    if (value === committed.current || found.problem) return;
    push(value);
  };
  const keys = (event: KeyboardEvent): void => {
    if (props.onKey?.(event)) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    } else if (open && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((at + step + found.items.length) % found.items.length);
    } else if (open && (event.key === "Tab" || event.key === "Enter") && found.items[at] && !event.shiftKey) {
      event.preventDefault();
      take(found.items[at]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    } else if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      ask(text, input.current?.selectionStart ?? text.length, true);
    } else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      commit();
      props.onEnter?.();
    }
  };
  const insert = (name: string, back = 0): void => {
    if (!input.current?.isConnected) return;
    input.current.focus();
    put(name, input.current.selectionStart ?? text.length, back);
  };
  const replace = (next: string, place: number, isWhole: boolean): void => {
    caret.current = place;
    setText(next);
    setFound({ from: 0, items: [], problem: "" });
    setOpen(false);
    refresh();
    if (props.live || (isWhole && next !== committed.current)) push(next);
    ask(next, place, false);
  };
  const look = (): { text: string; from: number; to: number } => {
    const now = input.current?.value ?? text;
    return { text: now, from: input.current?.selectionStart ?? now.length, to: input.current?.selectionEnd ?? now.length };
  };
  if (props.handle) props.handle.current = { look, insert, replace, focus: () => input.current?.focus() };
  const choose = (): void => {
    if (open) return setOpen(false);
    input.current?.focus();
    input.current?.select();
    ask(text, 0, true);
  };
  const shared = {
    id,
    name: props.name,
    value: text,
    placeholder: props.placeholder,
    spellcheck: false,
    autocomplete: "off",
    "aria-required": props.required || undefined,
    "aria-keyshortcuts": props.keyShortcuts,
    "aria-invalid": found.problem || props.problem ? true : undefined,
    "aria-describedby": found.problem || props.problem ? `${id}-p` : props.help ? `${id}-h` : undefined,
    onInput: (event: preact.TargetedInputEvent<HTMLInputElement | HTMLTextAreaElement>): void => {
      const { value, selectionStart } = event.currentTarget;
      setText(value);
      props.onInput?.(value, "");
      if (props.live) push(value);
      const before = value.slice(0, selectionStart ?? value.length).at(-1) ?? "";
      ask(value, selectionStart ?? value.length, /[\w.]/.test(before));
    },
    onKeyDown: keys,
    onFocus: (): void => {
      if (props.insertion) props.insertion.current = { insert, help: props.onHelp };
    },
    onBlur: (): void => {
      // The list goes when the mouse button is up: what is being clicked must not move away under it.
      afterPress(() => document.activeElement !== input.current && setOpen(false));
      commit();
    },
  } as const;
  const problem = found.problem || props.problem || "";
  const chooses = CHOSEN.has(props.editor) && !text.includes("\n");
  const chosen = found.items[at];
  return (
    <div class="f exprf">
      <label for={id}>
        {props.label}
        {props.required ? <span class="req" aria-hidden="true" /> : null}
      </label>
      <div class={cx("input mono", text.includes("\n") && "area", problem && "bad")}>
        {text.includes("\n") ? (
          <textarea {...shared} ref={input as { current: HTMLTextAreaElement | null }} rows={text.split("\n").length} />
        ) : (
          <input
            {...shared}
            ref={input as { current: HTMLInputElement | null }}
            role="combobox"
            aria-expanded={open}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={open ? `${id}-${at}` : undefined}
          />
        )}
        {chooses || props.end ? (
          <span class="end">
            {chooses ? (
              <Button icon="cd" label="Show choices" look="ghost" size="small" tabIndex={-1} onPointerDown={(event) => event.preventDefault()} onClick={choose} />
            ) : null}
            {props.end}
          </span>
        ) : null}
      </div>
      {open ? (
        <div class="comp pop">
          <div role="listbox" id={`${id}-list`} aria-label={`Completions for ${props.label}`}>
            {found.items.slice(0, 8 + Math.max(0, at - 4)).slice(Math.max(0, at - 4)).map((item, offset) => {
              const index = offset + Math.max(0, at - 4);
              return (
                <div
                  role="option"
                  id={`${id}-${index}`}
                  key={item.name}
                  aria-selected={index === at}
                  class={cx("opt", index === at && "on")}
                  onPointerDown={(event) => {
                    event.preventDefault();
                    take(item);
                  }}
                >
                  <Icon name={ICONS[item.kind] ?? "var"} small />
                  <span class="cut">
                    {item.name}
                    {item.kind === "function" ? <span class="sig">{item.signature}</span> : null}
                  </span>
                  <span class="r">{item.type || (item.signature.split(" -> ")[1] ?? "")}</span>
                </div>
              );
            })}
          </div>
          {chosen?.doc || chosen?.signature ? (
            <div class="doc">
              {chosen.signature ? <code>{chosen.name + chosen.signature}</code> : null}
              {chosen.doc ? <div>{chosen.doc}</div> : null}
            </div>
          ) : null}
        </div>
      ) : null}
      {problem ? (
        <div class="prob" id={`${id}-p`} role="alert">
          <Icon name="err" small />
          <span>{problem}</span>
        </div>
      ) : props.help ? (
        <p class="help" id={`${id}-h`}>
          {props.help}
        </p>
      ) : null}
      {props.children}
    </div>
  );
}

let pressed = false;
if (typeof document !== "undefined") {
  document.addEventListener("pointerdown", () => (pressed = true), true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (pressed = false), true);
}

/** Run `act` now, or when the mouse button that is down is up again. */
function afterPress(act: () => void): void {
  if (!pressed) return act();
  const wait = (): void => {
    if (pressed) requestAnimationFrame(wait);
    else setTimeout(act, 0);
  };
  requestAnimationFrame(wait);
}
