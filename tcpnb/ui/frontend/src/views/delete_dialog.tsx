/** The question before something is deleted: where it is used, and what goes with it. */

import { useEffect, useState } from "preact/hooks";
import { problemOf } from "../app/circle.ts";
import { Button, Message, Modal } from "../app/parts.tsx";

interface Verdict {
  trouble: { text: string; usages: string[] } | null;
  with?: string[];
}

interface Props {
  name: string;
  what: string;
  look: () => Promise<unknown>;
  onDelete: () => void;
  onClose: () => void;
}

export function DeleteDialog({ name, what, look, onDelete, onClose }: Props) {
  const [verdict, setVerdict] = useState<Verdict>();
  useEffect(() => {
    let current = true;
    look().then(
      (found) => current && setVerdict(found as Verdict),
      (error) => current && setVerdict({ trouble: { text: problemOf(error).text, usages: [] } }),
    );
    return () => {
      current = false;
    };
  }, [name, what]);
  const trouble = verdict?.trouble;
  const along = verdict?.with ?? [];
  return (
    <Modal
      title={`Delete ${name}`}
      width={460}
      onClose={onClose}
      actions={
        <>
          <Button size="big" onClick={onClose}>
            Cancel
          </Button>
          <Button size="big" look="danger" icon="trash" why={verdict ? (trouble ? "It is still used" : false) : "Looking where it is used"} onClick={onDelete}>
            Delete
          </Button>
        </>
      }
    >
      {!verdict ? (
        <Message tone="busy">Looking where {name} is used…</Message>
      ) : trouble ? (
        <>
          <Message tone="warn">{trouble.text}</Message>
          {trouble.usages.length ? (
            <ul class="usages" aria-label="Where it is used">
              {trouble.usages.map((each) => (
                <li key={each}>
                  <code>{each}</code>
                </li>
              ))}
            </ul>
          ) : null}
        </>
      ) : (
        <p>
          Nothing else uses this {what.replaceAll("_", " ")}.{along.length ? ` ${along.join(", ")} ${along.length === 1 ? "goes" : "go"} with it.` : ""} Undo brings it back.
        </p>
      )}
    </Modal>
  );
}
