/** The form of a class variable: "+ Variable", or one that is edited; refuses in place what cannot be. */

import { useEffect, useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { isSecret } from "../../app/drafts.ts";
import { useRested } from "../../app/hooks.ts";
import { Button, TextField } from "../../app/parts.tsx";
import { useDraft } from "../../app/typing.ts";
import type { EditWish } from "../flow/edits.ts";
import { type Assist, ExpressionField } from "../flow/expression.tsx";
import { ValueField } from "../flow/value_field.tsx";
import { helpOf } from "../flow/values.ts";
import type { ClassState, VariableState } from "./model.ts";

interface Verdict {
  problems: Record<string, string>;
  cure: string;
  of: string;
}

interface Props {
  pane: Pane<ClassState>;
  edit: EditWish;
  was: VariableState | undefined;
  /** Under which name its fields outlive a reload. */
  form: string;
  onClose: () => void;
}

export function VariableForm({ pane, edit, was, form, onClose }: Props) {
  const [name, setName] = useDraft(form, "name", was?.name ?? "");
  const [type, setType] = useDraft(form, "type", was?.type ?? "");
  const [value, setValue] = useDraft(form, "default", was?.default ?? "", isSecret(name));
  const [touched, setTouched] = useState(Boolean(was || name || type || value));
  const [verdict, setVerdict] = useState<Verdict>({ problems: {}, cure: "", of: "" });
  const [busy, setBusy] = useState(false);
  const args = { name, type, default: value, was: was?.name ?? "" };
  const key = JSON.stringify(args);
  const rested = useRested(key, 200);
  useEffect(() => {
    if (!touched) return;
    let current = true;
    pane.wish<Verdict>("check_variable", JSON.parse(rested)).then(
      (found) => current && setVerdict({ ...found, of: rested }),
      (error) => current && pane.fail(error),
    );
    return () => {
      current = false;
    };
  }, [rested, touched]);
  const touch = <T,>(set: (value: T) => void) => (next: T): void => {
    setTouched(true);
    set(next);
  };
  const problems = Object.fromEntries(
    Object.entries(verdict.problems).filter(([field]) => !(field === "name" && !name) && !(field === "type" && !type)),
  );
  const wrong = Object.values(verdict.problems).some(Boolean);
  const waits = !name || !type ? "Name and type are required" : verdict.of !== key ? false : wrong ? Object.values(verdict.problems)[0] : false;
  const save = (): void => {
    if (waits || busy) return;
    setBusy(true);
    edit("save_variable", args).then(onClose, (error: unknown) => {
      setBusy(false);
      const problem = problemOf(error);
      setVerdict({ problems: { [problem.field || "name"]: problem.text }, cure: "", of: key });
    });
  };
  const assist = (text: string, cursor: number, editor: string): Promise<Assist> => pane.wish<Assist>("assist", { text, cursor, editor });
  const help = helpOf(pane);
  return (
    <div
      class="varform"
      role="form"
      aria-label={was ? "Edit Variable" : "Add Variable"}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <div class="varfields">
        <TextField
          label="Variable Name"
          required
          mono
          autoFocus
          value={name}
          problem={problems["name"]}
          onInput={touch(setName)}
          onKeyDown={(event) => event.key === "Enter" && save()}
        />
        <ExpressionField label="Variable Type" required editor="type" live value={type} problem={problems["type"]} assist={assist} onCommit={touch(setType)} onEnter={save} />
        <ValueField
          label="Default Value"
          editor="expression"
          live
          value={value}
          problem={undefined}
          assist={assist}
          helper={help}
          expected={type}
          onCommit={touch(setValue)}
          onEnter={save}
          placeholder="given at creation"
        />
      </div>
      {problems["default"] || problems[""] ? (
        <div class="prob" role="alert">
          <span>{problems["default"] ?? problems[""]}</span>
          {verdict.cure ? (
            <Button size="small" onClick={() => touch(setValue)(verdict.cure)}>
              Use {verdict.cure}
            </Button>
          ) : null}
        </div>
      ) : null}
      <div class="line">
        <Button look="primary" busy={busy} why={waits} onClick={save}>
          {was ? "Save" : "Add"}
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </div>
  );
}
