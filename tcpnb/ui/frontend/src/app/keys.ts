/** Keys: nothing typed in a view reaches the notebook. */

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
