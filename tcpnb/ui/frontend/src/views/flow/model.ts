/** What the flow designer gets from Python, and where things are in it. */

export interface FieldSpec {
  name: string;
  label: string;
  required: boolean;
  editor: "expression" | "call" | "name" | "type" | "target" | "text" | "code" | "level" | "flag";
  default: string;
  help: string;
}

export interface BlockSpec {
  role: string;
  label: string;
  minimum: number;
  maximum: number | null;
  fields: FieldSpec[];
}

export interface KindSpec {
  label: string;
  section: string;
  help: string;
  awaits: boolean;
  inLoop: boolean;
  fields: FieldSpec[];
  blocks: BlockSpec[];
}

export interface Palette {
  sections: string[];
  kinds: Record<string, KindSpec>;
}

export type Fields = Record<string, string>;

export interface StepProblem {
  severity: string;
  text: string;
  code: string;
  /** What mends it, in words; empty when nobody knows. */
  fix: string;
}

export interface BlockState {
  role: string;
  label: string;
  fields: Fields;
  summary: string;
  steps: StepState[];
}

export interface StepState {
  id: string;
  kind: string;
  fields: Fields;
  summary: string;
  line: number;
  endLine: number;
  comment?: string;
  blocks?: BlockState[];
  problems?: StepProblem[];
  unreachable?: boolean;
  /** The words of the log when the handler failed here last. */
  failed?: string;
}

export interface NameState {
  name: string;
  kind: string;
  type: string;
  signature: string;
  doc: string;
}

/** `[2]` is the third step, `[2, 1, 0]` the first step in the second block of it. */
export type Path = readonly number[];

export const keyOf = (path: Path): string => path.join(".");
export const pathOf = (key: string): Path => (key ? key.split(".").map(Number) : []);

export function samePath(one: Path, two: Path): boolean {
  return one.length === two.length && one.every((part, index) => part === two[index]);
}

/** True when `path` is `root` or inside it. */
export function isWithin(path: Path, root: Path): boolean {
  return path.length >= root.length && root.every((part, index) => part === path[index]);
}

/** The list of steps that a path stands in: of the handler, or of a block. */
export function listOf(steps: StepState[], path: Path): StepState[] | undefined {
  let list: StepState[] | undefined = steps;
  for (let at = 0; at + 2 < path.length; at += 2) list = list?.[path[at] as number]?.blocks?.[path[at + 1] as number]?.steps;
  return list;
}

export function stepAt(steps: StepState[], path: Path): StepState | undefined {
  return path.length % 2 ? listOf(steps, path)?.[path.at(-1) as number] : undefined;
}

/** Where a step stands now, by its id. */
export function pathById(steps: StepState[], id: string, base: Path = []): Path | undefined {
  for (const [index, step] of steps.entries()) {
    const path = [...base, index];
    if (step.id === id) return path;
    for (const [number, block] of (step.blocks ?? []).entries()) {
      const inside = pathById(block.steps, id, [...path, number]);
      if (inside) return inside;
    }
  }
  return undefined;
}

/** The innermost step that covers a line of the file. */
export function pathAtLine(steps: StepState[], line: number, base: Path = []): Path | undefined {
  for (const [index, step] of steps.entries()) {
    if (line < step.line || line > step.endLine) continue;
    const path = [...base, index];
    for (const [number, block] of (step.blocks ?? []).entries()) {
      const inside = pathAtLine(block.steps, line, [...path, number]);
      if (inside) return inside;
    }
    return path;
  }
  return undefined;
}

const LOOPS = new Set(["while", "for_each"]);

/** True when a step put at `path` stands in a loop: Break and Continue make sense there. */
export function inLoop(steps: StepState[], path: Path): boolean {
  for (let length = path.length - 2; length > 0; length -= 2) {
    const holder = stepAt(steps, path.slice(0, length));
    if (holder && LOOPS.has(holder.kind) && holder.blocks?.[path[length] as number]?.role === "body") return true;
  }
  return false;
}

export function countSteps(steps: StepState[]): number {
  return steps.reduce((sum, step) => sum + 1 + (step.blocks ?? []).reduce((inner, block) => inner + countSteps(block.steps), 0), 0);
}

const ENDS = new Set(["return", "raise", "break", "continue"]);

/** After such a step nothing more can run in its list. */
export function endsList(step: StepState | undefined): boolean {
  return step !== undefined && ENDS.has(step.kind);
}

/** Keep the objects that did not change, so that only what changed is drawn anew. */
export function reuse<T>(old: T, fresh: T): T {
  if (Object.is(old, fresh) || typeof old !== "object" || typeof fresh !== "object" || !old || !fresh) return fresh;
  if (Array.isArray(old) !== Array.isArray(fresh)) return fresh;
  if (Array.isArray(fresh)) {
    const before = old as unknown[];
    const after = fresh.map((item, index) => reuse(matching(before, item, index), item));
    return (after.length === before.length && after.every((item, index) => item === before[index]) ? old : after) as T;
  }
  const before = old as Record<string, unknown>;
  const after: Record<string, unknown> = {};
  const keys = Object.keys(fresh);
  let same = keys.length === Object.keys(before).length;
  for (const key of keys) {
    after[key] = reuse(before[key], (fresh as Record<string, unknown>)[key]);
    same &&= after[key] === before[key];
  }
  return (same ? old : after) as T;
}

function matching(before: unknown[], item: unknown, index: number): unknown {
  const id = (item as { id?: unknown } | null)?.id;
  const there = before[index];
  if (id === undefined || (there as { id?: unknown } | null)?.id === id) return there;
  return before.find((other) => (other as { id?: unknown } | null)?.id === id);
}
