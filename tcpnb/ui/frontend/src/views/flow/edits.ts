/** Edits in a row: each waits until the page has seen what the one before it made. */

import { useMemo } from "preact/hooks";
import type { Pane } from "../../app/circle.ts";
import type { Args } from "../../app/messages.ts";

const PATIENCE_MS = 2_000;

/** Resolves when the pane shows another version than `before`, or after a while. */
export function settled(pane: Pane, before: number): Promise<void> {
  return new Promise((resolve) => {
    if (pane.version !== before) return resolve();
    const timer = setTimeout(done, PATIENCE_MS);
    const stop = pane.subscribe(() => {
      if (pane.version !== before) done();
    });
    function done(): void {
      clearTimeout(timer);
      stop();
      resolve();
    }
  });
}

export type EditWish = <Result = unknown>(name: string, args?: Args) => Promise<Result>;

/** Send wishes that change the file one after another, so that each names the version that the last one made. */
export function useEdits(pane: Pane<never> | Pane): EditWish {
  return useMemo(() => {
    let last: Promise<unknown> = Promise.resolve();
    return <Result>(name: string, args: Args = {}): Promise<Result> => {
      const run = async (): Promise<Result> => {
        const before = pane.version;
        const result = await (pane as Pane).wish<Result & { version?: number }>(name, args);
        if (result?.version !== undefined && result.version !== before) await settled(pane as Pane, before);
        return result;
      };
      const next = last.then(run, run);
      last = next.catch(() => undefined);
      return next;
    };
  }, [pane]);
}
