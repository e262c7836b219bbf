/** How the stream of a connection is cut into what `on_bytes` gets. */

import { useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { Select, TextField } from "../../app/parts.tsx";
import { useTyped } from "../../app/typing.ts";
import type { EditWish } from "../flow/edits.ts";
import type { ClassState, FramingState } from "./model.ts";

const KINDS = [
  ["", "None (chunks as they arrive)"],
  ["Lines", "Lines"],
  ["Delimited", "Delimited"],
  ["LengthPrefixed", "Length before each message"],
  ["FixedLength", "Fixed length"],
] as const;

const OPTIONS: Record<string, readonly (readonly [name: string, label: string, fallback: string])[]> = {
  Lines: [["max_frame", "Longest line (bytes)", ""]],
  Delimited: [
    ["delimiter", "Delimiter", 'b"\\0"'],
    ["max_frame", "Longest frame (bytes)", ""],
  ],
  LengthPrefixed: [
    ["size", "Bytes of the length", "2"],
    ["byteorder", "Byte order", '"big"'],
    ["includes_header", "Length counts itself", "False"],
    ["max_frame", "Longest frame (bytes)", ""],
  ],
  FixedLength: [["length", "Bytes", "16"]],
};

const CHOICES: Record<string, readonly (readonly [string, string])[]> = {
  byteorder: [
    ['"big"', "big (network order)"],
    ['"little"', "little"],
  ],
  includes_header: [
    ["False", "no"],
    ["True", "yes"],
  ],
  size: ["1", "2", "4", "8"].map((each) => [each, each] as const),
};

export function FramingForm({ pane, framing, edit }: { pane: Pane<ClassState>; framing: FramingState; edit: EditWish }) {
  const [problem, setProblem] = useState<{ field: string; text: string }>();
  const kinds = framing.kind === "expression" ? [...KINDS, ["expression", framing.expression] as const] : KINDS;
  const set = (kind: string, options: Record<string, string>): void => {
    setProblem(undefined);
    edit("set_framing", { framing: kind, options }).catch((error: unknown) => {
      const found = problemOf(error);
      setProblem({ field: found.field, text: found.text });
      if (!found.field) pane.fail(error);
    });
  };
  return (
    <section aria-label="Framing" class="framing">
      <div class="framingline">
        <h2>Framing</h2>
        <Select label="Framing" hideLabel value={framing.kind} width={220} options={kinds} onChange={(kind) => set(kind, kind === framing.kind ? framing.options : {})} />
        {(OPTIONS[framing.kind] ?? []).map(([name, label, fallback]) =>
          CHOICES[name] ? (
            <Select
              key={name}
              label={label}
              width={140}
              value={framing.options[name] ?? fallback}
              options={CHOICES[name]}
              onChange={(value) => set(framing.kind, { ...framing.options, [name]: value })}
            />
          ) : (
            <Option key={name} form={`framing:${pane.key}`} label={label} value={framing.options[name] ?? fallback} onCommit={(value) => set(framing.kind, { ...framing.options, [name]: value })} />
          ),
        )}
      </div>
      {problem ? (
        <div class="prob" role="alert">
          {problem.text}
        </div>
      ) : (
        <p class="help">{framing.words}</p>
      )}
    </section>
  );
}

function Option({ form, label, value, onCommit }: { form: string; label: string; value: string; onCommit: (value: string) => void }) {
  const typed = useTyped(value, form, label);
  return (
    <TextField
      label={label}
      mono
      width={140}
      value={typed.text}
      placeholder={label.startsWith("Longest") ? "1048576" : undefined}
      onInput={typed.type}
      onCommit={(next) => {
        if (next === value) return;
        typed.give(next);
        onCommit(next);
      }}
    />
  );
}
