/** The parts that all views are made of: see design of states (rest, hover, focus, on, disabled, busy, error). */

import type { ButtonHTMLAttributes, ComponentChildren, CSSProperties, TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useDismiss, useId, useLate } from "./hooks.ts";
import { Icon, type IconName } from "./icons.tsx";
import { rove } from "./keys.ts";
import type { Problem } from "./messages.ts";

export function cx(...names: unknown[]): string {
  return names.filter(Boolean).join(" ");
}

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "size"> & {
  icon?: IconName | undefined;
  /** Needed where there is no text: the accessible name and the tooltip. */
  label?: string | undefined;
  look?: "plain" | "primary" | "ghost" | "link" | "danger";
  size?: "small" | "normal" | "big";
  /** Pressed or not; leave it out for a button that is no switch. */
  on?: boolean | undefined;
  busy?: boolean | undefined;
  /** Why it is disabled; the tooltip then. A button with a reason is disabled. */
  why?: string | false | undefined;
};

/** A button. With an icon and no children it is square and needs a `label`. */
export function Button({ icon, label, look = "plain", size = "normal", on, busy, why, children, disabled, ...rest }: ButtonProps) {
  const late = useLate(busy === true);
  const square = !children;
  const off = disabled || Boolean(why) || busy === true;
  return (
    <button
      type="button"
      {...rest}
      class={cx(
        "btn",
        look !== "plain" && look,
        size === "small" && "sm",
        size === "big" && "big",
        icon && !square && "ic",
        square && "sq",
        on && "on",
        rest.class as string,
      )}
      aria-label={label}
      aria-pressed={on}
      aria-busy={busy || undefined}
      // Not `disabled`: a disabled button loses the focus and cannot tell why.
      aria-disabled={off || undefined}
      title={why || rest.title || (square ? label : undefined)}
      onClick={(event) => (off ? event.preventDefault() : rest.onClick?.(event))}
    >
      {late ? <span class="ring" aria-hidden="true" /> : icon ? <Icon name={icon} small={size === "small"} /> : null}
      {children}
    </button>
  );
}

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
    onChange: (event: Event) => props.onCommit?.((event.currentTarget as HTMLInputElement).value),
    onKeyDown: props.onKeyDown,
  } as const;
  return (
    <div class={cx("f", props.class)} style={props.style}>
      <label for={id} class={props.hideLabel ? "only-read" : undefined}>
        {props.label}
        {props.required ? (
          <span class="req" aria-hidden="true">
            {" "}
            *
          </span>
        ) : null}
      </label>
      <div class={cx("input", props.mono && "mono", props.small && "sm", props.problem && "bad", props.rows && "area")} style={{ width: props.width }}>
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

export function Badge({ tone, icon, label, children }: { tone?: "err" | "warn" | "ok" | "brand"; icon?: IconName; label?: string; children: ComponentChildren }) {
  return (
    <span class={cx("badge", tone)} title={label}>
      {icon ? <Icon name={icon} small /> : null}
      {children}
      {label ? <span class="only-read"> {label}</span> : null}
    </span>
  );
}

export type StateTone = "off" | "ok" | "err" | "busy" | "warn";

/** A state in words, with a shape of its own: hollow dot, filled dot, diamond, ring. */
export function StateWords({ tone, children }: { tone: StateTone; children: ComponentChildren }) {
  return (
    <span class={cx("state", tone)}>
      {tone === "busy" ? <span class="ring" aria-hidden="true" /> : <i class={cx("dot", tone)} aria-hidden="true" />}
      <span>{children}</span>
    </span>
  );
}

export function Tile({ icon, tone, big }: { icon: IconName; tone?: "brand" | "ok" | "warn" | "info" | "err"; big?: boolean }) {
  return (
    <span class={cx("tile", tone, big && "big")}>
      <Icon name={icon} />
    </span>
  );
}

/** A message of a whole view: what is the matter, and a way on. */
export function Message({ tone = "info", children, action }: { tone?: "info" | "warn" | "err" | "busy"; children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class={cx("message", tone)} role={tone === "err" || tone === "warn" ? "alert" : "status"}>
      {tone === "busy" ? <span class="ring" aria-hidden="true" /> : <Icon name={tone === "err" ? "err" : tone === "warn" ? "warn" : "info"} />}
      <div class="grow">{children}</div>
      {action}
    </div>
  );
}

/** A failed wish as a message, with details for those who ask. */
export function ProblemMessage({ problem, onClose }: { problem: Problem; onClose?: (() => void) | undefined }) {
  return (
    <Message tone="err" action={onClose ? <Button icon="x" label="Dismiss" look="ghost" size="small" onClick={onClose} /> : undefined}>
      <span>{problem.text}</span>
      {problem.details ? (
        <details>
          <summary>Details</summary>
          <pre>{problem.details}</pre>
        </details>
      ) : null}
    </Message>
  );
}

export interface MenuItem {
  label: string;
  icon?: IconName;
  danger?: boolean;
  /** Why it cannot be chosen now. */
  why?: string | undefined;
  onSelect: () => void;
}

/** A button that opens a menu: arrow keys inside, Escape closes and gives the focus back. */
export function Menu(props: {
  label: string;
  icon?: IconName;
  look?: "plain" | "ghost";
  size?: "small" | "normal";
  items: MenuItem[];
  children?: ComponentChildren;
  align?: "left" | "right";
}) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const close = (): void => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  useDismiss(root, () => (root.current?.contains(document.activeElement) ? close() : setOpen(false)), open);
  useLayoutEffect(() => {
    if (open) list.current?.querySelector<HTMLElement>("[data-rove]")?.focus();
  }, [open]);
  return (
    <div class="menu" ref={root}>
      <Button
        icon={props.icon ?? "dots"}
        label={props.label}
        look={props.look ?? "ghost"}
        size={props.size ?? "normal"}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        onKeyDown={(event: TargetedKeyboardEvent<HTMLButtonElement>) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {props.children}
      </Button>
      {open ? (
        <div
          class={cx("pop", props.align === "left" && "left")}
          role="menu"
          aria-label={props.label}
          ref={list}
          onKeyDown={(event) => {
            if (!rove(event, event.currentTarget) && event.key === "Tab") setOpen(false);
          }}
        >
          {props.items.map((item) => (
            <button
              type="button"
              role="menuitem"
              data-rove
              tabIndex={-1}
              key={item.label}
              class={cx("opt", item.danger && "danger")}
              aria-disabled={item.why ? true : undefined}
              title={item.why}
              onClick={() => {
                if (item.why) return;
                close();
                item.onSelect();
              }}
            >
              {item.icon ? <Icon name={item.icon} /> : null}
              {item.label}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** A dialog over the view: attach, delete, leaving with unsaved changes; nothing else. */
export function Modal(props: { title: string; onClose: () => void; children: ComponentChildren; actions: ComponentChildren; width?: number }) {
  const dialog = useRef<HTMLDivElement>(null);
  const from = useRef<Element | null>(null);
  const title = useId();
  useLayoutEffect(() => {
    from.current = document.activeElement;
    const first = dialog.current?.querySelector<HTMLElement>("[autofocus],input,select,textarea,.body button,.actions button");
    (first ?? dialog.current)?.focus();
    return () => (from.current as HTMLElement | null)?.focus?.();
  }, []);
  const keys = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      props.onClose();
    }
    if (event.key !== "Tab") return;
    const inside = [...(dialog.current?.querySelectorAll<HTMLElement>("button,input,select,textarea,a[href],[tabindex='0']") ?? [])].filter(
      (element) => element.offsetParent !== null && element.tabIndex >= 0,
    );
    const edge = event.shiftKey ? inside[0] : inside.at(-1);
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? inside.at(-1) : inside[0])?.focus();
  };
  return (
    <div class="veil" onClick={(event) => event.target === event.currentTarget && props.onClose()}>
      <div class="modal pop" role="dialog" aria-modal="true" aria-labelledby={title} ref={dialog} tabIndex={-1} style={{ width: props.width ?? 600 }} onKeyDown={keys}>
        <div class="hd">
          <h2 id={title}>{props.title}</h2>
          <span class="grow" />
          <Button icon="x" label="Close" look="ghost" onClick={props.onClose} />
        </div>
        <div class="body">{props.children}</div>
        <div class="actions">{props.actions}</div>
      </div>
    </div>
  );
}

export interface Tab {
  key: string;
  label: string;
  badge?: ComponentChildren;
}

/** A tab strip; the panel below is yours: `<div role="tabpanel" aria-label=…>`. */
export function Tabs(props: { label: string; tabs: readonly Tab[]; value: string; onChange: (key: string) => void; end?: ComponentChildren }) {
  return (
    <div class="tabs">
      <div
        role="tablist"
        aria-label={props.label}
        onKeyDown={(event) => {
          if (rove(event, event.currentTarget, "horizontal")) (document.activeElement as HTMLElement).click();
        }}
      >
        {props.tabs.map((tab) => (
          <button
            type="button"
            role="tab"
            data-rove
            key={tab.key}
            aria-selected={tab.key === props.value}
            tabIndex={tab.key === props.value ? 0 : -1}
            class={tab.key === props.value ? "on" : undefined}
            onClick={() => props.onChange(tab.key)}
          >
            {tab.label}
            {tab.badge}
          </button>
        ))}
      </div>
      <span class="grow" />
      {props.end}
    </div>
  );
}

/** The heading of a view: icon, name, one line, actions at the right. */
export function ViewHeader(props: { icon?: IconName; title: string; sub?: ComponentChildren; mono?: boolean; crumb?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <header class="vh">
      {props.icon ? <Tile icon={props.icon} tone="brand" big /> : null}
      <div class="vht">
        {props.crumb ? <div class="crumb">{props.crumb}</div> : null}
        <h1 class={props.mono ? "mono" : undefined}>{props.title}</h1>
        {props.sub ? <p class="sub">{props.sub}</p> : null}
      </div>
      <span class="grow" />
      {props.children}
    </header>
  );
}

/** A thin bar between two areas, moved by mouse and by arrow keys. */
export function Splitter(props: { label: string; axis: "x" | "y"; value: number; min: number; max: number; onChange: (value: number) => void; invert?: boolean }) {
  const start = useRef<{ at: number; value: number } | null>(null);
  const clamp = (value: number): number => Math.max(props.min, Math.min(props.max, Math.round(value)));
  const sign = props.invert ? -1 : 1;
  return (
    <div
      class={cx("splitter", props.axis)}
      role="separator"
      aria-label={props.label}
      aria-orientation={props.axis === "x" ? "vertical" : "horizontal"}
      aria-valuenow={props.value}
      aria-valuemin={props.min}
      aria-valuemax={props.max}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { at: props.axis === "x" ? event.clientX : event.clientY, value: props.value };
      }}
      onPointerMove={(event) => {
        if (!start.current) return;
        const moved = (props.axis === "x" ? event.clientX : event.clientY) - start.current.at;
        props.onChange(clamp(start.current.value + sign * moved));
      }}
      onPointerUp={() => {
        start.current = null;
      }}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -16, ArrowUp: -16, ArrowRight: 16, ArrowDown: 16 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        props.onChange(clamp(props.value + sign * step));
      }}
    />
  );
}

/** Text that came from a peer: escapes stand out, nothing is ever markup. `text` is already escaped by Python. */
export function PeerText({ text }: { text: string }) {
  return (
    <>
      {text.split(/(\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[nrt\\0]))/).map((part, index) =>
        index % 2 ? (
          <i class="esc" key={index}>
            {part}
          </i>
        ) : (
          part
        ),
      )}
    </>
  );
}

/** Nothing here yet: says so, and what one can do. */
export function Empty({ icon, children, action }: { icon: IconName; children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p>{children}</p>
      {action}
    </div>
  );
}
