/** The parts that all views are made of, in all their states: rest, hover, focus, on, disabled, busy, error. */

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";
import { Icon, type IconName } from "./icons.tsx";
import { rove } from "./keys.ts";
import type { Problem } from "./messages.ts";

export { Button } from "./button.tsx";
export { cx } from "./cx.ts";
export { Check, Segmented, Select, TextField } from "./fields.tsx";
export { Menu, type MenuItem, Modal } from "./popups.tsx";

export function Badge({ tone, icon, label, children }: { tone?: "err" | "warn" | "ok" | "brand"; icon?: IconName; label?: string; children: ComponentChildren }) {
  return (
    <span class={cx("badge", tone)} title={label}>
      {icon ? <Icon name={icon} small /> : null}
      {children}
      {label ? <span class="only-read"> {label}</span> : null}
    </span>
  );
}

/** "Beta", while the kit is one; `words` say what that means. */
export function BetaBadge({ words }: { words: string }) {
  if (!words) return null;
  return (
    <Badge tone="brand" label={words}>
      Beta
    </Badge>
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
