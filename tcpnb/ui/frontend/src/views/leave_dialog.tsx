/** The question before changes that are not saved are left: a dialog that keys and screen readers reach. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLeaveGuard } from "../app/hooks.ts";
import { Button, Modal } from "../app/parts.tsx";

export interface Leaving {
  /** True while the person is asked. */
  asked: boolean;
  decide(may: boolean): void;
  /** Ask no more until something else is changed: what was there has been saved. */
  free(): void;
}

/** Ask before the view is left, while something in it is `dirty`; `forget` it when it is left without saving. */
export function useLeaving(dirty: boolean, forget: () => void): Leaving {
  const [answer, setAnswer] = useState<(may: boolean) => void>();
  const isFree = useRef(false);
  useEffect(() => {
    if (!dirty) isFree.current = false;
  }, [dirty]);
  useLeaveGuard(dirty, () => isFree.current || new Promise<boolean>((resolve) => setAnswer(() => resolve)));
  return {
    asked: answer !== undefined,
    decide(may) {
      setAnswer(undefined);
      if (may) forget();
      answer?.(may);
    },
    free() {
      isFree.current = true;
    },
  };
}

interface Props {
  leaving: Leaving;
  /** Why it cannot be saved now; nothing when it can. */
  why?: string | false | undefined;
  /** Save; false when that was refused. */
  onSave: () => Promise<boolean>;
  children: ComponentChildren;
}

export function LeaveDialog({ leaving, why, onSave, children }: Props) {
  const [busy, setBusy] = useState(false);
  if (!leaving.asked) return null;
  const save = (): void => {
    setBusy(true);
    void onSave().then((saved) => {
      setBusy(false);
      leaving.decide(saved);
    });
  };
  return (
    <Modal
      title="Unsaved changes"
      width={460}
      onClose={() => leaving.decide(false)}
      actions={
        <>
          <Button size="big" look="danger" onClick={() => leaving.decide(true)}>
            Leave without saving
          </Button>
          <span class="grow" />
          <Button size="big" autofocus onClick={() => leaving.decide(false)}>
            Stay
          </Button>
          <Button size="big" look="primary" why={why} busy={busy} onClick={save}>
            Save and leave
          </Button>
        </>
      }
    >
      {children}
    </Modal>
  );
}
