/** How a component reads the circle. */

import { createContext } from "preact";
import { useContext, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import type { Circle, Pane } from "./circle.ts";
import type { Args, Json } from "./messages.ts";

export interface Navigator {
  /** Show another view: in the Studio's centre, or in place of a view that stands alone (with a way back). */
  open(view: string, args?: Args): void;
  back(): void;
  /** Show another view in the place of this one: the way back leads past it. */
  replace(view: string, args?: Args): void;
  /** True inside the Studio. */
  inStudio: boolean;
  /** Bring a tab of the Studio's bottom panel to the front; alone, opens the view. */
  tab(view: string, args?: Args): void;
  /** Register "may I leave?" (unsaved changes); asked before another view takes the place. Returns how to end it. */
  guard(ask: () => boolean | Promise<boolean>): () => void;
}

/** Ask before the view is left, while `active`. */
export function useLeaveGuard(active: boolean, ask: () => boolean | Promise<boolean>): void {
  const { go } = useAround();
  const newest = useRef(ask);
  newest.current = ask;
  useEffect(() => (active ? go.guard(() => newest.current()) : undefined), [active, go]);
}

export interface Surroundings {
  circle: Circle;
  load(name: string): Promise<unknown>;
  go: Navigator;
  /** By the width of the output, not of the window. */
  width: "wide" | "narrow" | "slim";
}

export const Around = createContext<Surroundings | null>(null);

export function useAround(): Surroundings {
  const around = useContext(Around);
  if (!around) throw new Error("no surroundings");
  return around;
}

export function useRefresh(): () => void {
  return useReducer((count: number) => count + 1, 0)[1] as () => void;
}

/** A pane's newest state; the component renders anew whenever it changes. */
export function usePane<State>(view: string, args: Args = {}): Pane<State> {
  const { circle } = useAround();
  const refresh = useRefresh();
  const key = JSON.stringify(args);
  const pane = useMemo(() => circle.open<State>(view, args), [circle, view, key]);
  // Before the next message can come: later, a state could slip in between the first look and the listening.
  useLayoutEffect(() => {
    const stop = pane.subscribe(refresh);
    return () => {
      stop();
      circle.release(pane as Pane);
    };
  }, [pane]);
  return pane;
}

/** Hear a stream of a pane and render anew; what comes faster than the page paints is one repaint a frame. */
export function useStream(pane: Pane<never> | Pane, topic: string, hear: (body: unknown) => void): void {
  const refresh = useRefresh();
  useEffect(() => {
    let frame = 0;
    const stop = pane.on(topic, (body) => {
      hear(body);
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        refresh();
      });
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [pane, hear]);
}

/** What a stream has brought, one for all views of a widget: it stays while none of them is shown. */
export function useKept<T>(shelf: WeakMap<Circle, T>, make: () => T): T {
  const { circle } = useAround();
  return useMemo(() => {
    const found = shelf.get(circle) ?? make();
    shelf.set(circle, found);
    return found;
  }, [circle]);
}

/** A choice of layout that outlives a reload of the page. */
export function useMemory<T>(key: string, initial: T): [T, (value: T) => void] {
  const { circle } = useAround();
  const [value, setValue] = useState<T>((circle.memory[key] as unknown as T | undefined) ?? initial);
  const set = (next: T): void => {
    setValue(next);
    circle.remember(key, next as Json);
  };
  return [value, set];
}

/** The value, once it has rested for `ms`. */
export function useRested<T>(value: T, ms = 250): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}

/** True once `active` has lasted for `ms`: a busy sign that does not flicker. */
export function useLate(active: boolean, ms = 150): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!active) {
      setLate(false);
      return undefined;
    }
    const timer = setTimeout(() => setLate(true), ms);
    return () => clearTimeout(timer);
  }, [active, ms]);
  return late;
}

/** Call the newest `handler` for clicks outside `root` and for Escape. */
export function useDismiss(root: { current: HTMLElement | null }, handler: () => void, active = true): void {
  const newest = useRef(handler);
  newest.current = handler;
  // Before the next key can come: what has just opened has the focus already, and Escape must close it.
  useLayoutEffect(() => {
    if (!active) return undefined;
    const press = (event: Event): void => {
      if (root.current && !root.current.contains(event.target as Node)) newest.current();
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      newest.current();
    };
    const element = root.current;
    document.addEventListener("pointerdown", press, true);
    element?.addEventListener("keydown", key);
    return () => {
      document.removeEventListener("pointerdown", press, true);
      element?.removeEventListener("keydown", key);
    };
  }, [active]);
}

let ids = 0;
const ours = Math.random().toString(36).slice(2, 7);

/** An id of its own on the whole page. Preact's `useId` counts anew in each root, and every widget is one: labels would name another widget's fields. */
export function useId(): string {
  return useMemo(() => `tcpnb-${ours}-${++ids}`, []);
}
