/** How a form holds what is typed in it. */

import { useRef } from "preact/hooks";
import { type Typed, follow } from "./drafts.ts";
import { useAround, useRefresh } from "./hooks.ts";
import type { Json } from "./messages.ts";

export interface Field {
  text: string;
  type(text: string): void;
  /** Tell that `text` goes to Python now: what comes back takes its place, unless more is typed meanwhile. */
  give(text: string): void;
  /** Show what the file says. */
  reset(): void;
}

/**
 * A field on its own that is saved when it is left: it follows the file, and never loses what is being typed in it.
 * It survives a reload of the page under `form` and `field`, unless the file says something else by then.
 */
export function useTyped(saved: string, form: string, field: string): Field {
  const { drafts } = useAround().circle;
  const refresh = useRefresh();
  const key = `${form}/${field}`;
  const held = useRef<Typed & { key: string }>(undefined);
  if (held.current?.key !== key) {
    const left = drafts.of(form)[field] as { from?: string; text?: string } | undefined;
    held.current = { key, saved, given: [], text: left?.from === saved && typeof left.text === "string" ? left.text : saved };
  }
  held.current = { ...follow(held.current, saved), key };
  const now = held.current;
  const keep = (next: Typed): void => {
    held.current = { ...next, key };
    drafts.put(form, field, next.text === next.saved ? undefined : { from: next.saved, text: next.text });
    refresh();
  };
  return {
    text: now.text,
    type: (text) => keep({ ...(held.current ?? now), text }),
    give: (text) => {
      const last = held.current ?? now;
      held.current = { ...last, given: [...last.given, text] };
    },
    reset: () => keep({ saved, text: saved, given: [] }),
  };
}

type Wide<T> = T extends string ? string : T extends boolean ? boolean : T;

/**
 * A field of a form with a Save of its own: starts as `initial`, and survives a reload of the page until the form is
 * saved or given up. `secret`: it is kept nowhere, whatever its name.
 */
export function useDraft<T extends Json>(form: string, field: string, initial: T, secret = false): [Wide<T>, (value: Wide<T>) => void] {
  const { drafts } = useAround().circle;
  const refresh = useRefresh();
  const key = `${form}/${field}`;
  const held = useRef<{ key: string; value: Wide<T> } | undefined>(undefined);
  if (held.current?.key !== key) held.current = { key, value: (drafts.of(form)[field] ?? initial) as Wide<T> };
  const set = (value: Wide<T>): void => {
    held.current = { key, value };
    const same = JSON.stringify(value) === JSON.stringify(initial);
    drafts.put(form, field, same || secret ? undefined : (value as Json));
    refresh();
  };
  return [held.current.value, set];
}
