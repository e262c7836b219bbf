/** Keys: nothing typed in a view reaches the notebook, and what runs or saves it is not taken from it. */

import { type VNode, options } from "preact";

const FOCUSABLE = new Set(["button", "input", "textarea", "select", "a", "summary"]);

/**
 * JupyterLab's command-mode bindings match the focused element itself (`… :focus`), so the attribute on an
 * ancestor does not stop them: each element that can have the focus carries it, put there in this one place.
 */
export function guardFocusables(): void {
  const before = options.vnode;
  options.vnode = (vnode: VNode<Record<string, unknown>>) => {
    if (typeof vnode.type === "string") {
      const props = vnode.props;
      if (FOCUSABLE.has(vnode.type) || props["tabIndex"] !== undefined || props["tabindex"] !== undefined) {
        props["data-lm-suppress-shortcuts"] ??= "true";
      }
    }
    before?.(vnode);
  };
}

/** As much of a key event as tells whose it is. */
export type Chord = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey">;

/** Where the focus is: in a text of many lines, in a field, or on anything else that can have it. */
export type Place = "text" | "field" | "other";

/** True for keys that mean in a view what they mean beside it: run the cell, save the notebook, open the palette. */
export function isNotebooks(event: Chord, place: Place): boolean {
  if (place === "text") return false;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (key === "enter") return command || event.shiftKey || event.altKey;
  if (!command || event.altKey || key.length > 1) return false;
  // Undo, Redo and Copy of the Studio; in a field, also what the browser does with the text.
  return place === "field" ? key === "s" : !["z", "y"].includes(key) && (key !== "c" || event.shiftKey);
}

function placeOf(target: Element): Place {
  if (target.closest("textarea,.cm-editor,[contenteditable=true]")) return "text";
  return target.matches("input,select") ? "field" : "other";
}

const GUARD = "data-lm-suppress-shortcuts";

/** Take the guard off for the one key event: it comes here before it comes to the notebook's own listener. */
export function letNotebookKeysThrough(): void {
  window.addEventListener(
    "keydown",
    (event) => {
      const target = event.target;
      if (!(target instanceof Element) || event.isComposing || !target.closest(".tcpnb") || !isNotebooks(event, placeOf(target))) return;
      const guarded: Element[] = [];
      for (let one: Element | null = target; one; one = one.parentElement) {
        if (one.getAttribute(GUARD) !== "true") continue;
        one.removeAttribute(GUARD);
        guarded.push(one);
      }
      setTimeout(() => {
        for (const one of guarded) one.setAttribute(GUARD, "true");
      }, 0);
    },
    true,
  );
}

/** Move among the items of a list, tree or tool bar by arrow keys: one Tab stop, `roving` elements inside. */
export function rove(event: KeyboardEvent, root: HTMLElement, axis: "vertical" | "horizontal" = "vertical"): boolean {
  const next = axis === "vertical" ? "ArrowDown" : "ArrowRight";
  const previous = axis === "vertical" ? "ArrowUp" : "ArrowLeft";
  const items = [...root.querySelectorAll<HTMLElement>("[data-rove]")].filter((item) => item.offsetParent !== null);
  const at = items.findIndex((item) => item === document.activeElement || item.contains(document.activeElement));
  const to =
    event.key === next ? at + 1 : event.key === previous ? at - 1 : event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : -1;
  const target = items[to];
  if (!target || to < 0 || ![next, previous, "Home", "End"].includes(event.key)) return false;
  event.preventDefault();
  target.focus();
  return true;
}
