/** What floats over a view: menus and dialogs. */

import type { ComponentChildren, TargetedKeyboardEvent } from "preact";
import { createPortal } from "preact/compat";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";
import { useDismiss, useId } from "./hooks.ts";
import { Icon, type IconName } from "./icons.tsx";
import { rove } from "./keys.ts";

export interface MenuItem {
  label: string;
  icon?: IconName;
  danger?: boolean;
  /** Why it cannot be chosen now. */
  why?: string | undefined;
  onSelect: () => void;
}

/** A button that opens a menu: arrow keys inside, Escape closes and gives the focus back to where it came from. */
export function Menu(props: {
  label: string;
  icon?: IconName;
  look?: "plain" | "ghost";
  size?: "small" | "normal";
  items: MenuItem[];
  children?: ComponentChildren;
  align?: "left" | "right";
  /** -1 where the things that have such a menu are one stop of the Tab key together. */
  tabIndex?: number;
}) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const from = useRef<HTMLElement | null>(null);
  const show = (): void => {
    const active = document.activeElement as HTMLElement | null;
    from.current = active === document.body ? null : active;
    setOpen(true);
  };
  const close = (): void => {
    setOpen(false);
    (from.current?.isConnected ? from.current : root.current?.querySelector<HTMLElement>("button"))?.focus();
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
        tabIndex={props.tabIndex}
        onClick={() => (open ? setOpen(false) : show())}
        onKeyDown={(event: TargetedKeyboardEvent<HTMLButtonElement>) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          show();
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
  const place = useRef<HTMLSpanElement>(null);
  const [host, setHost] = useState<HTMLElement>();
  const dialog = useRef<HTMLDivElement>(null);
  const title = useId();
  // Over the whole widget, not only over the part that asks: it needs the room.
  useLayoutEffect(() => setHost(place.current?.closest<HTMLElement>(".tcpnb") ?? undefined), []);
  useLayoutEffect(() => {
    if (!host) return undefined;
    const from = document.activeElement as HTMLElement | null;
    const inside = dialog.current;
    const first =
      inside?.querySelector<HTMLElement>("[autofocus]") ?? inside?.querySelector<HTMLElement>("input,select,textarea,.body button,.actions button");
    (first ?? inside)?.focus();
    return () => from?.focus?.();
  }, [host]);
  const keys = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      // Escape that closed something inside, such as the completions of an editor, was meant for that.
      if (!event.defaultPrevented) props.onClose();
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
  if (!host) return <span ref={place} hidden />;
  return createPortal(
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
    </div>,
    host,
  );
}
