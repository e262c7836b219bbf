/** Steps that are not in the file yet, and words for where things are. */

import type { Choice } from "./choices.ts";
import type { BlockDraft } from "./form.tsx";
import { type BlockState, type Palette, type Path, pathById, stepAt, type StepState } from "./model.ts";

export function placeOf(steps: StepState[], selected: { id: string; path: Path }): Path | undefined {
  const byId = selected.id ? pathById(steps, selected.id) : undefined;
  if (byId) return byId;
  return stepAt(steps, selected.path) ? selected.path : steps.length ? [0] : undefined;
}

export function labelOf(palette: Palette, step: StepState | undefined): string {
  return (step && palette.kinds[step.kind]?.label) ?? "Step";
}

export function newStep(choice: Choice, palette: Palette): StepState {
  const spec = palette.kinds[choice.kind];
  const first = (spec?.blocks ?? []).filter((each) => each.minimum > 0 || each.role === "except");
  const blocks = first.map((each) => blockOf({ role: each.role, fields: Object.fromEntries(each.fields.map((field) => [field.name, field.default])) }, palette, choice.kind));
  return { id: "new", kind: choice.kind, fields: choice.fields, summary: "", line: -1, endLine: -1, ...(blocks.length ? { blocks } : {}) };
}

export function blockOf(draft: BlockDraft, palette: Palette, kind: string): BlockState {
  const label = palette.kinds[kind]?.blocks.find((each) => each.role === draft.role)?.label ?? draft.role;
  return { role: draft.role, label, fields: draft.fields, summary: Object.values(draft.fields).join(" "), steps: [] };
}

export function wordsOfPlace(steps: StepState[], path: Path, palette: Palette): string {
  const index = path.at(-1) as number;
  const before = index > 0 ? stepAt(steps, [...path.slice(0, -1), index - 1]) : undefined;
  if (before) return `after ${labelOf(palette, before)}`;
  const holder = path.length > 2 ? stepAt(steps, path.slice(0, -2)) : undefined;
  return holder ? `in ${labelOf(palette, holder)}, ${holder.blocks?.[path.at(-2) as number]?.label ?? ""}` : "at the start";
}
