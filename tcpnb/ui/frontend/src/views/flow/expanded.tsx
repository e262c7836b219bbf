/** An expression in a larger editor, over as many lines as it needs; nothing changes until Apply. */

import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf } from "../../app/circle.ts";
import { CodeEditor } from "../../app/editor.tsx";
import { useRested } from "../../app/hooks.ts";
import { Button, Modal } from "../../app/parts.tsx";
import type { ExpressionProps } from "./expression.tsx";
import { type Help, toCharacters } from "./values.ts";

interface Props {
  label: string;
  value: string;
  editor: ExpressionProps["editor"];
  assist: ExpressionProps["assist"];
  help: Help;
  onApply: (text: string) => void;
  onClose: () => void;
}

export function ExpandedEditor(props: Props) {
  const [text, setText] = useState(props.value);
  const [problem, setProblem] = useState("");
  const [stays, setStays] = useState(false);
  const newest = useRef(text);
  newest.current = text;
  const rested = useRested(text, 150);
  useEffect(() => {
    let current = true;
    props.help.spread(rested).then(
      (answer) => current && setProblem(answer.problem),
      (error: unknown) => current && setProblem(problemOf(error).text),
    );
    return () => {
      current = false;
    };
  }, [rested]);
  const apply = (): void => {
    const now = newest.current;
    props.help.spread(now).then(
      (answer) => (answer.problem ? setProblem(answer.problem) : props.onApply(answer.text)),
      (error: unknown) => setProblem(problemOf(error).text),
    );
  };
  // What was typed goes by its own button only, not by a slip of the hand.
  const leave = (): void => (newest.current === props.value ? props.onClose() : setStays(true));
  return (
    <Modal
      title={props.label}
      width={760}
      onClose={leave}
      actions={
        <>
          <span class="help">Ctrl+S applies it, too</span>
          <span class="grow" />
          <Button size="big" onClick={props.onClose}>
            Cancel
          </Button>
          <Button look="primary" size="big" onClick={apply}>
            Apply
          </Button>
        </>
      }
    >
      <div class="expanded">
        <CodeEditor
          label="Larger editor"
          value={text}
          height={280}
          wrap
          autoFocus
          onChange={(next) => {
            setText(next);
            setStays(false);
          }}
          onSave={apply}
          complete={(place) =>
            props
              .assist(place.text, toCharacters(place.text, place.offset), props.editor)
              .then(({ items }) => items.map((each) => ({ label: each.name, detail: each.type || each.signature, type: each.kind })))
          }
        />
        {problem ? (
          <div class="prob" role="alert">
            {problem}
          </div>
        ) : (
          <p class="help" role="status">
            {stays ? "The text was changed: Apply it or Cancel." : "One expression; it may go over several lines."}
          </p>
        )}
      </div>
    </Modal>
  );
}
