/** The code of a Code step in the code editor; taken with Ctrl+Enter, Ctrl+S or the button. */

import { useEffect, useRef, useState } from "preact/hooks";
import { CodeEditor } from "../../app/editor.tsx";
import { Button } from "../../app/parts.tsx";

interface Props {
  label: string;
  value: string;
  isNew: boolean;
  problem?: string | undefined;
  onCommit: (value: string) => void;
}

export function CodeField({ label, value, isNew, problem, onCommit }: Props) {
  const [text, setText] = useState(value);
  const committed = useRef(value);
  useEffect(() => {
    if (committed.current === value) return;
    committed.current = value;
    setText(value);
  }, [value]);
  const change = (next: string): void => {
    setText(next);
    if (isNew) {
      committed.current = next;
      onCommit(next);
    }
  };
  const save = (): void => {
    if (text === committed.current) return;
    committed.current = text;
    onCommit(text);
  };
  return (
    <div class="f">
      <span class="lab">{label}</span>
      <CodeEditor label={label} value={text} onChange={change} onSave={save} height={Math.min(320, Math.max(96, value.split("\n").length * 18 + 32))} />
      {problem ? (
        <div class="prob" role="alert">
          {problem}
        </div>
      ) : null}
      {isNew ? null : (
        <div class="line">
          <Button size="small" look="primary" disabled={text === value} onClick={save}>
            Save
          </Button>
          <span class="help">Ctrl+S saves it too</span>
        </div>
      )}
    </div>
  );
}
