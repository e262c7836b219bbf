/** The form of a step in the inspector: its fields, its branches, its comment; the same for one that is being added. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useAround, useId } from "../../app/hooks.ts";
import { Button, Check, Select } from "../../app/parts.tsx";
import { CodeField } from "./code_field.tsx";
import { type Assist, ExpressionField, type ExpressionProps, type Insertion } from "./expression.tsx";
import type { BlockSpec, BlockState, FieldSpec, Fields, KindSpec, NameState, StepProblem, StepState } from "./model.ts";
import { ValueField } from "./value_field.tsx";
import type { Help } from "./values.ts";

export interface BlockDraft {
  role: string;
  fields: Fields;
  /** The number of the block whose steps it keeps; none for a new one. */
  from?: number;
}

export interface StepFormProps {
  spec: KindSpec;
  step: StepState;
  /** True while the step is not in the file yet. */
  isNew: boolean;
  names: { local: NameState[]; file: NameState[] } | undefined;
  classes: readonly string[];
  /** The field that an edit was refused for, and why. */
  refused: { field: string; text: string } | undefined;
  assist: (text: string, cursor: number, editor: string) => Promise<Assist>;
  onFields: (fields: Fields) => void;
  onBlocks: (blocks: BlockDraft[]) => void;
  onComment: (comment: string) => void;
  onAdd: () => void;
  onCancel: () => void;
  onFix: (problem: StepProblem) => void;
  busy: boolean;
  insertion?: Insertion;
  help: Help;
  /** What the handler returns. */
  returns: string;
}

export function StepForm(props: StepFormProps) {
  const { spec, step } = props;
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (props.isNew) root.current?.querySelector<HTMLElement>("textarea,input,select,button")?.focus();
  }, [props.isNew, step.kind]);
  const field = (each: FieldSpec) => (
    <StepField
      key={each.name}
      {...props}
      spec={each}
      value={step.fields[each.name] ?? ""}
      onCommit={(value) => props.onFields({ [each.name]: value })}
    />
  );
  return (
    <div class="stepform" ref={root}>
      {spec.help ? <p class="help">{spec.help}</p> : null}
      {step.failed ? (
        <div class="prob" role="status">
          It failed here last: {step.failed}
        </div>
      ) : null}
      {(step.problems ?? []).map((each) => (
        <div class={each.severity === "error" ? "prob" : "prob warn"} role="status" key={each.code + each.text}>
          <span>{each.text}</span>
          {each.fix ? (
            <Button size="small" onClick={() => props.onFix(each)}>
              {each.fix}
            </Button>
          ) : null}
        </div>
      ))}
      {spec.fields.map(field)}
      {spec.blocks.length ? <Branches {...props} /> : null}
      {props.refused && !known(spec, props.refused.field) ? (
        <div class="prob" role="alert">
          {props.refused.text}
        </div>
      ) : null}
      {props.isNew ? (
        <div class="line">
          <Button look="primary" size="big" busy={props.busy} onClick={props.onAdd}>
            Add
          </Button>
          <Button size="big" onClick={props.onCancel}>
            Cancel
          </Button>
        </div>
      ) : step.kind === "comment" ? null : (
        <CommentField value={step.comment ?? ""} onCommit={props.onComment} />
      )}
    </div>
  );
}

/** Python names a field by its name or by its label. */
function isField(spec: FieldSpec, field: string): boolean {
  return field === spec.name || field === spec.label;
}

function known(spec: KindSpec, field: string): boolean {
  return [...spec.fields, ...spec.blocks.flatMap((each) => each.fields)].some((each) => isField(each, field));
}

type FieldProps = Omit<StepFormProps, "spec"> & { spec: FieldSpec; value: string; onCommit: (value: string) => void };

function StepField({ spec, value, onCommit, ...props }: FieldProps) {
  const { go } = useAround();
  if (spec.editor === "flag")
    return <Check label={spec.label} checked={value === "true"} onChange={(on) => onCommit(on ? "true" : "")} help={spec.help} />;
  if (spec.editor === "code")
    return <CodeField label={spec.label} value={value} isNew={props.isNew} problem={refusal(props, spec)} onCommit={onCommit} />;
  if (spec.name === "operator")
    return <Select label={spec.label} value={value || "="} options={OPERATORS} onChange={(next) => onCommit(next === "=" ? "" : next)} />;
  const type = spec.editor === "type" ? plainType(value) : "";
  const opens = props.classes.includes(type);
  const field: ExpressionProps = {
    label: spec.label,
    name: spec.name,
    value,
    required: spec.required,
    editor: spec.editor,
    help: spec.help,
    problem: refusal(props, spec),
    assist: props.assist,
    insertion: props.insertion,
    onCommit,
    live: props.isNew,
    onEnter: props.isNew ? props.onAdd : undefined,
  };
  if (spec.editor === "expression" || spec.editor === "call")
    return <ValueField {...field} helper={props.help} expected={expectedType(props.step, spec, props.returns)} />;
  return (
    <ExpressionField {...field}>
      {opens ? (
        <button type="button" class="linky opens" onClick={() => go.open("class", { name: type })}>
          Open {type}
        </button>
      ) : null}
    </ExpressionField>
  );
}

function refusal(props: { refused: StepFormProps["refused"] }, spec: FieldSpec): string | undefined {
  return props.refused && isField(spec, props.refused.field) ? props.refused.text : undefined;
}

/** The type that a field's value should have, where the step says it. */
function expectedType(step: StepState, spec: FieldSpec, returns: string): string {
  if (spec.name !== "expression") return "";
  return step.kind === "declare_variable" ? (step.fields["type"] ?? "") : step.kind === "return" ? returns : "";
}

const OPERATORS = ["=", "+=", "-=", "*=", "/=", "//=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>=", "@="].map((each) => [each, each] as const);

/** `ChatLine | None` is about ChatLine. */
export function plainType(text: string): string {
  const first = text.split("|").map((part) => part.trim()).find((part) => part && part !== "None");
  return (first ?? "").replace(/^["']|["']$/g, "").split("[")[0] ?? "";
}

function Branches(props: StepFormProps) {
  const { spec, step } = props;
  const blocks = step.blocks ?? [];
  const drafts = blocks.map((block, from): BlockDraft => ({ role: block.role, fields: block.fields, from }));
  const change = (index: number, name: string, value: string): void =>
    props.onBlocks(drafts.map((each, at) => (at === index ? { ...each, fields: { ...each.fields, [name]: value } } : each)));
  const shown = blocks.map((block, index) => ({ block, index, of: spec.blocks.find((each) => each.role === block.role) }));
  return (
    <div class="branches">
      {shown.map(({ block, index, of }) =>
        of && (of.fields.length || removable(of, blocks)) ? (
          <fieldset key={`${block.role}${index}`} class="branch">
            <legend>
              <span>{blocks.filter((each) => each.role === block.role).length > 1 ? `${of.label} ${numberOf(blocks, index)}` : of.label}</span>
              <span class="grow" />
              {removable(of, blocks) ? (
                <Button
                  icon="trash"
                  size="small"
                  look="ghost"
                  label={`Remove ${of.label}`}
                  title={block.steps.length ? `Remove ${of.label} with its ${block.steps.length} steps` : undefined}
                  onClick={() => props.onBlocks(drafts.filter((_, at) => at !== index))}
                />
              ) : null}
            </legend>
            {of.fields.map((each) => (
              <StepField key={each.name} {...props} spec={each} value={block.fields[each.name] ?? ""} onCommit={(value) => change(index, each.name, value)} />
            ))}
          </fieldset>
        ) : null,
      )}
      <div class="line">
        {spec.blocks
          .filter((each) => addable(each, blocks))
          .map((each) => (
            <Button size="small" icon="plus" key={each.role} onClick={() => props.onBlocks(withBlock(spec, drafts, each))}>
              Add {each.label}
            </Button>
          ))}
      </div>
    </div>
  );
}

function numberOf(blocks: BlockState[], index: number): number {
  return blocks.slice(0, index + 1).filter((each) => each.role === blocks[index]?.role).length;
}

function removable(spec: BlockSpec, blocks: readonly { role: string }[]): boolean {
  return blocks.filter((each) => each.role === spec.role).length > spec.minimum && !isLastPath(spec, blocks);
}

/** An Error Handler needs an error path or a Finally. */
function isLastPath(spec: BlockSpec, blocks: readonly { role: string }[]): boolean {
  if (spec.role !== "except" && spec.role !== "finally") return false;
  return blocks.filter((each) => each.role === "except" || each.role === "finally").length < 2;
}

function addable(spec: BlockSpec, blocks: readonly { role: string }[]): boolean {
  const there = blocks.filter((each) => each.role === spec.role).length;
  if (spec.role === "else" && blocks[0]?.role === "try" && !blocks.some((each) => each.role === "except")) return false;
  return spec.maximum === null || there < spec.maximum;
}

/** A new block where its role belongs: after the last of its kind, in the order of the table. */
export function withBlock(spec: KindSpec, blocks: BlockDraft[], added: BlockSpec): BlockDraft[] {
  const order = spec.blocks.map((each) => each.role);
  const rank = order.indexOf(added.role);
  const at = blocks.filter((each) => order.indexOf(each.role) <= rank).length;
  const fields = Object.fromEntries(added.fields.filter((each) => each.default).map((each) => [each.name, each.default]));
  return [...blocks.slice(0, at), { role: added.role, fields }, ...blocks.slice(at)];
}

function CommentField({ value, onCommit }: { value: string; onCommit: (value: string) => void }) {
  const [text, setText] = useState(value);
  const [open, setOpen] = useState(Boolean(value));
  const id = useId();
  useEffect(() => setText(value), [value]);
  if (!open && !value)
    return (
      <Button look="link" size="small" icon="note" class="commentbtn" onClick={() => setOpen(true)}>
        Comment above
      </Button>
    );
  return (
    <div class="f">
      <label for={id}>Comment above</label>
      <div class="input area">
        <textarea
          id={id}
          rows={Math.max(2, text.split("\n").length)}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onBlur={() => {
            if (text !== value) onCommit(text);
          }}
        />
      </div>
    </div>
  );
}
