/** A value by its parts: a small form, the expression as it grows, and Insert; Python writes it. */

import type { ComponentType } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { problemOf } from "../../app/circle.ts";
import { Button, TextField } from "../../app/parts.tsx";
import type { ExpressionProps } from "./expression.tsx";
import type { ValueFieldProps } from "./value_field.tsx";
import { type Built, type Help, type ShapeState, type SlotState, type ValueForm, valueOf, whyNot, withRow, withValue } from "./values.ts";

interface Props {
  shape: ShapeState;
  initial: ValueForm;
  /** Variables that arguments give which the form keeps as they are. */
  given: readonly string[];
  isNew: boolean;
  /** The field's text, and the part of it that the value takes the place of. */
  text: string;
  from: number;
  to: number;
  help: Help;
  assist: ExpressionProps["assist"];
  Field: ComponentType<ValueFieldProps>;
  insertion?: ExpressionProps["insertion"];
  /** Why it could not be taken; empty when it was. */
  onBuilt: (built: Built) => string;
  onBack: () => void;
}

export function Builder(props: Props) {
  const { shape, help } = props;
  const [form, setForm] = useState<ValueForm>(() => ({ shape: shape.name, rows: props.initial.rows, first: props.initial.first, last: props.initial.last }));
  const [failed, setFailed] = useState("");
  const root = useRef<HTMLDivElement>(null);
  const newest = useRef(form);
  newest.current = form;
  const write = (now: ValueForm): Promise<Built> => help.build(now, props.text, props.from, props.to);
  const built = useBuilt(form, write, setFailed);
  useLayoutEffect(() => {
    root.current?.querySelector<HTMLElement>("input,textarea,.line button")?.focus();
  }, []);
  const change = (next: ValueForm): void => {
    newest.current = next;
    setFailed("");
    setForm(next);
  };
  const isHere = useRef(true);
  useEffect(
    () => () => {
      isHere.current = false;
    },
    [],
  );
  const insert = (): void => {
    // What was typed last, however fast Enter came after it.
    write(newest.current).then(
      (answer) => {
        // Who has left the form wants nothing put in any more.
        if (isHere.current) setFailed(whyNot(answer) || props.onBuilt(answer));
      },
      (error: unknown) => setFailed(problemOf(error).text),
    );
  };
  const reason = whyNot(built);
  return (
    <div class="builder" role="group" aria-label={`Create ${shape.name}`} ref={root}>
      <h3 class="mono">{shape.name}</h3>
      {shape.doc ? <p class="help">{shape.doc}</p> : null}
      <Parts {...props} form={form} change={change} newest={newest} built={built} onEnter={insert} />
      <Kept form={form} />
      <div class="growing">
        <output class="grown mono" aria-label="Result">
          {built?.text || "…"}
        </output>
        {failed ? (
          <div class="prob" role="alert">
            {failed}
          </div>
        ) : null}
        <div class="line">
          <Button look="primary" why={reason} onClick={insert}>
            {props.isNew ? "Insert" : "Update"}
          </Button>
          <Button onClick={props.onBack}>Back</Button>
        </div>
      </div>
    </div>
  );
}

/** What Python makes of a form, asked once it has rested. */
function useBuilt(form: ValueForm, write: (form: ValueForm) => Promise<Built>, fail: (text: string) => void): Built | undefined {
  const [built, setBuilt] = useState<Built>();
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      write(form).then(
        (answer) => current && setBuilt(answer),
        (error: unknown) => current && fail(problemOf(error).text),
      );
    }, 60);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [form]);
  return built;
}

type PartsProps = Props & {
  form: ValueForm;
  change: (form: ValueForm) => void;
  /** The form with what was typed last. */
  newest: { current: ValueForm };
  built: Built | undefined;
  onEnter: () => void;
};

function Parts(props: PartsProps) {
  const { shape, form, change, newest, built, onEnter } = props;
  if (shape.kind === "class") return <Slots {...props} />;
  if (shape.kind === "list" || shape.kind === "dict") return <Rows {...props} />;
  const value = form.rows[0]?.[1] ?? "";
  const type = (text: string): void => change(withRow(newest.current, 0, ["", text]));
  if (shape.kind === "text")
    return <TextField label="Text" value={value} rows={Math.min(8, Math.max(2, value.split("\n").length))} onInput={type} help="Without quotes: any characters" />;
  const help = shape.kind === "bytes" ? "Text with escapes: \\n, \\x00" : "42, -1.5, 0xff";
  return (
    <TextField
      label={shape.kind === "bytes" ? "Bytes" : "Number"}
      mono
      value={value}
      help={help}
      problem={value ? built?.problems["0"] : undefined}
      onInput={type}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        onEnter();
      }}
    />
  );
}

function Slots({ shape, form, change, newest, given, built, Field, help, assist, insertion, onEnter }: PartsProps) {
  const open = shape.slots.filter((slot) => !given.includes(slot.name));
  if (open.length === 0) return <p class="help">It has no variables to give.</p>;
  return (
    <>
      {open.map((slot) => (
        <Field
          key={slot.name}
          label={slot.name}
          value={valueOf(form, slot.name)}
          required={slot.required}
          placeholder={slot.default || undefined}
          help={wordsOf(slot)}
          editor="expression"
          expected={slot.type}
          problem={built?.problems[slot.name]}
          assist={assist}
          helper={help}
          insertion={insertion}
          live
          onCommit={(value) => change(withValue(newest.current, shape, slot.name, value))}
          onEnter={onEnter}
        />
      ))}
    </>
  );
}

function wordsOf(slot: SlotState): string {
  const type = slot.type || "any type";
  return slot.required ? type : `${type}; ${slot.default ? `${slot.default} unless given` : "may be left out"}`;
}

function Rows({ shape, form, change, newest, built, Field, help, assist, insertion, onEnter }: PartsProps) {
  const isDict = shape.kind === "dict";
  const field = (at: number, part: 0 | 1, label: string) => (
    <Field
      label={`${label} ${at + 1}`}
      value={form.rows[at]?.[part] ?? ""}
      editor="expression"
      expected=""
      problem={isTouched(form, at) ? built?.problems[part || !isDict ? String(at) : `${at}.key`] : undefined}
      assist={assist}
      helper={help}
      insertion={insertion}
      live
      onCommit={(value) => {
        const [key, old] = newest.current.rows[at] ?? ["", ""];
        change(withRow(newest.current, at, part ? [key, value] : [value, old]));
      }}
      onEnter={onEnter}
    />
  );
  return (
    <>
      {form.rows.map((_row, at) => (
        <div class="valuerow" key={at}>
          {isDict ? field(at, 0, "Key") : null}
          {field(at, 1, isDict ? "Value" : "Item")}
          <Button icon="x" label={`Remove ${isDict ? "Entry" : "Item"} ${at + 1}`} look="ghost" size="small" onClick={() => change(withRow(newest.current, at, undefined))} />
        </div>
      ))}
      <div class="line">
        <Button size="small" icon="plus" onClick={() => change({ ...newest.current, rows: [...newest.current.rows, ["", ""]] })}>
          {isDict ? "Entry" : "Item"}
        </Button>
      </div>
    </>
  );
}

/** A row that is just being begun is not blamed for what it has not yet. */
function isTouched(form: ValueForm, at: number): boolean {
  return (form.rows[at]?.[0] ?? "") !== "" && (form.rows[at]?.[1] ?? "") !== "";
}

function Kept({ form }: { form: ValueForm }) {
  const kept = [...form.first, ...form.last];
  if (kept.length === 0) return null;
  return (
    <p class="help">
      Kept as they are: <code>{kept.join(", ")}</code>
    </p>
  );
}
