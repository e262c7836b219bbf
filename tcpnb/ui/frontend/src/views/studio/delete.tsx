/** Asks before something of the tree is deleted: says what goes with it, or where it is used. */

import { useEffect, useState } from "preact/hooks";
import type { Pane } from "../../app/circle.ts";
import { Button, Message, Modal } from "../../app/parts.tsx";

interface Check {
  refused: string;
  usages: string[];
  goes: string[];
}

export function DeleteDialog({ pane, group, name, onClose }: { pane: Pane<never> | Pane; group: string; name: string; onClose: () => void }) {
  const [check, setCheck] = useState<Check>();
  useEffect(() => {
    pane.wish<Check>("delete_check", { group, name }).then(setCheck, (error: unknown) => {
      pane.fail(error);
      onClose();
    });
  }, []);
  const remove = (): void => {
    onClose();
    pane.do("delete", { group, name });
  };
  return (
    <Modal
      title={`Delete ${name}?`}
      width={480}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" icon="trash" why={!check ? "Looking where it is used" : check.refused ? "It is still used" : ""} onClick={remove}>
            Delete
          </Button>
        </>
      }
    >
      {!check ? null : check.refused ? (
        <div class="stack">
          <Message tone="warn">{check.refused}</Message>
          {check.usages.length ? (
            <ul class="goes">
              {check.usages.map((usage) => (
                <li key={usage} class="mono">
                  {usage}
                </li>
              ))}
            </ul>
          ) : null}
        </div>
      ) : (
        <>
          <p>
            <span class="mono">{name}</span> is taken out of the file.
            {check.goes.length ? " With it goes what nothing else uses:" : ""}
          </p>
          {check.goes.length ? (
            <ul class="goes">
              {check.goes.map((one) => (
                <li key={one} class="mono">
                  {one}
                </li>
              ))}
            </ul>
          ) : null}
          <p class="help">Undo brings it back.</p>
        </>
      )}
    </Modal>
  );
}
