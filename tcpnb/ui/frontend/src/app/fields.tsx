/** What a form is made of: fields with their label above and their help or problem below, choices and checks. */

import type { ComponentChildren, CSSProperties } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { cx } from "./cx.ts";
import { useId } from "./hooks.ts";
import { Icon, type IconName } from "./icons.tsx";
import { rove } from "./keys.ts";

interface FieldProps {
  label: string;
  /** One line under the field; says what is true. */
  help?: ComponentChildren;
  /** One line in the place of `help`, with the cure as a button where there is one. */
  problem?: ComponentChildren;
  /** Like `problem`, but nothing is wrong with the value itself. */
  warning?: ComponentChildren;
  required?: boolean;
  class?: string;
  style?: CSSProperties;
  hideLabel?: boolean;
}

type InputProps = FieldProps & {
  value: string;
  onInput: (value: string) => void;
  onCommit?: (value: string) => void;
  mono?: boolean;
  placeholder?: string;
  disabled?: boolean;
  readOnly?: boolean;
  type?: "text" | "number" | "password" | "search";
  inputMode?: "numeric" | "text" | "decimal";
  autoFocus?: boolean;
  /** Shown at the right end, inside. */
  end?: ComponentChildren;
  /** A picture at the left end, inside. */
  icon?: IconName;
  list?: string[];
  small?: boolean;
  rows?: number;
  width?: number | string;
  inputRef?: { current: HTMLInputElement | null };
  name?: string;
  onKeyDown?: (event: KeyboardEvent) => void;
};

function Below({ id, help, problem, warning }: { id: string } & Pick<FieldProps, "help" | "problem" | "warning">) {
  return (
    <>
      {problem ? (
        <div class="prob" id={`${id}-p`} role="alert">
          <Icon name="err" small />
          {problem}
        </div>
      ) : warning ? (
        <div class="prob warn" id={`${id}-p`} role="status">
          <Icon name="warn" small />
          {warning}
        </div>
      ) : null}
      {help && !problem ? (
        <p class="help" id={`${id}-h`}>
          {help}
        </p>
      ) : null}
    </>
  );
}

/** A text field with its label above and its help or problem below. */
export function TextField(props: InputProps) {
  const id = useId();
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useEffect(() => {
    if (props.autoFocus) input.current?.focus();
  }, []);
  const describedBy = cx((props.problem || props.warning) ? `${id}-p` : null, props.help && !props.problem ? `${id}-h` : null);
  const shared = {
    id,
    ref: (element: HTMLInputElement | HTMLTextAreaElement | null) => {
      input.current = element as HTMLInputElement & HTMLTextAreaElement;
      if (props.inputRef) props.inputRef.current = element as HTMLInputElement;
    },
    value: props.value,
    placeholder: props.placeholder,
    disabled: props.disabled,
    readOnly: props.readOnly,
    name: props.name,
    spellcheck: false,
    autocomplete: "off",
    autocapitalize: "off",
    "aria-invalid": props.problem ? true : undefined,
    "aria-describedby": describedBy || undefined,
    "aria-required": props.required || undefined,
    onInput: (event: Event) => props.onInput((event.currentTarget as HTMLInputElement).value),
    // By its own name `onChange` becomes `onInput` under preact/compat: each key would be an edit of the file.
    onChangeCapture: (event: Event) => props.onCommit?.((event.currentTarget as HTMLInputElement).value),
    onKeyDown: (event: KeyboardEvent) => {
      props.onKeyDown?.(event);
      // The notebook keeps the browser from telling of a change by itself at Enter.
      const plain = event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing;
      if (plain && !props.rows && !event.defaultPrevented) props.onCommit?.((event.currentTarget as HTMLInputElement).value);
    },
  } as const;
  return (
    <div class={cx("f", props.class)} style={props.style}>
      <label for={id} class={props.hideLabel ? "only-read" : undefined}>
        {props.label}
        {props.required ? <span class="req" aria-hidden="true" /> : null}
      </label>
      <div class={cx("input", props.mono && "mono", props.small && "sm", props.problem && "bad", props.rows && "area")} style={{ width: props.width }}>
        {props.icon ? <Icon name={props.icon} small /> : null}
        {props.rows ? (
          <textarea {...shared} rows={props.rows} />
        ) : (
          <input {...shared} type={(props.type ?? "text") as "text"} inputMode={props.inputMode} list={props.list ? `${id}-l` : undefined} />
        )}
        {props.end ? <span class="end">{props.end}</span> : null}
      </div>
      {props.list ? (
        <datalist id={`${id}-l`}>
          {props.list.map((item) => (
            <option value={item} key={item} />
          ))}
        </datalist>
      ) : null}
      <Below id={id} help={props.help} problem={props.problem} warning={props.warning} />
    </div>
  );
}

/** A choice from a list; `options` are `[value, words]`. */
export function Select(
  props: FieldProps & {
    value: string;
    options: readonly (readonly [value: string, words: string])[];
    onChange: (value: string) => void;
    small?: boolean;
    disabled?: boolean;
    width?: number | string;
  },
) {
  const id = useId();
  return (
    <div class={cx("f", props.class)} style={props.style}>
      <label for={id} class={props.hideLabel ? "only-read" : undefined}>
        {props.label}
      </label>
      <div class={cx("input", "select", props.small && "sm", props.problem && "bad")} style={{ width: props.width }}>
        <select id={id} value={props.value} disabled={props.disabled} onChange={(event) => props.onChange(event.currentTarget.value)}>
          {props.options.map(([value, words]) => (
            <option value={value} key={value} selected={value === props.value}>
              {words}
            </option>
          ))}
        </select>
        <Icon name="cd" small />
      </div>
      <Below id={id} help={props.help} problem={props.problem} warning={props.warning} />
    </div>
  );
}

export function Check(props: { label: ComponentChildren; checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean; help?: string }) {
  return (
    <label class={cx("check", props.disabled && "off")} title={props.help}>
      <input type="checkbox" checked={props.checked} disabled={props.disabled} onChange={(event) => props.onChange(event.currentTarget.checked)} />
      <span>{props.label}</span>
    </label>
  );
}

/** One of a few, side by side: a radio group in words. */
export function Segmented<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [value: T, words: ComponentChildren])[];
  onChange: (value: T) => void;
  big?: boolean;
}) {
  return (
    <div
      class={cx("seg", props.big && "big")}
      role="radiogroup"
      aria-label={props.label}
      onKeyDown={(event) => {
        if (rove(event, event.currentTarget, "horizontal")) (document.activeElement as HTMLElement).click();
      }}
    >
      {props.options.map(([value, words]) => (
        <button
          type="button"
          role="radio"
          data-rove
          key={value}
          aria-checked={value === props.value}
          tabIndex={value === props.value ? 0 : -1}
          class={value === props.value ? "on" : undefined}
          onClick={() => props.onChange(value)}
        >
          {words}
        </button>
      ))}
    </div>
  );
}
