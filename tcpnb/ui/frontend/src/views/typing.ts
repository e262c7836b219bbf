/** Text that a person types while Python may change it, too. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Pane, problemOf } from "../app/circle.ts";

const REST_MS = 250;

/**
 * Hold what is typed against what Python has: typing is sent once it has rested, a newer text from elsewhere is taken
 * when nothing of ours is under way. `send` gets the text; the version that it is based on is the pane's.
 */
export function useTyping(pane: Pane<never> | Pane, remote: string | undefined, send: (text: string) => Promise<number>) {
  const [local, setLocal] = useState<string>();
  // What Python has taken, and from which version on its state shows it.
  const [taken, setTaken] = useState<{ text: string; version: number }>();
  const [problem, setProblem] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const flying = useRef(false);
  const newest = useRef<string | undefined>(undefined);
  newest.current = local;
  const flush = (): void => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const text = newest.current;
    if (text === undefined || flying.current) return;
    flying.current = true;
    send(text).then(
      (version) => {
        flying.current = false;
        setProblem("");
        setTaken({ text, version });
        if (newest.current !== text) flush();
      },
      (error: unknown) => {
        flying.current = false;
        setProblem(problemOf(error).text);
        if (newest.current !== text) later();
      },
    );
  };
  const later = (): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(flush, REST_MS);
  };
  useEffect(() => () => flush(), [pane]);
  const isSettled = local !== undefined && taken?.text === local && pane.version >= taken.version;
  useEffect(() => {
    if (isSettled && newest.current === local) setLocal(undefined);
  }, [isSettled, local]);
  return {
    value: (isSettled ? remote : local) ?? remote ?? "",
    isUnsent: local !== undefined && taken?.text !== local,
    problem,
    type(text: string): void {
      setLocal(text);
      newest.current = text;
      later();
    },
    flush,
    /** Forget what was typed and show what Python has. */
    drop(): void {
      clearTimeout(timer.current);
      setLocal(undefined);
      setProblem("");
    },
  };
}
