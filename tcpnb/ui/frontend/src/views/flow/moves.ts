/** Where a step goes when it is moved by keys; places are counted before it is taken out. */

import { isWithin, listOf, type Path, type StepState, stepAt } from "./model.ts";

export type Direction = "up" | "down" | "in" | "out";

/** The place that a move leads to, or `undefined` where there is none. */
export function moveTo(steps: StepState[], path: Path, direction: Direction): Path | undefined {
  switch (direction) {
    case "up":
      return up(steps, path);
    case "down":
      return down(steps, path);
    case "in":
      return into(steps, path);
    case "out":
      return path.length > 2 ? after(path.slice(0, -2)) : undefined;
  }
}

/** Over the step before it; from the top of a branch to the end of the branch before, then out in front. */
function up(steps: StepState[], path: Path): Path | undefined {
  const index = path.at(-1) as number;
  if (index > 0) return [...path.slice(0, -1), index - 1];
  if (path.length < 3) return undefined;
  const holder = path.slice(0, -2);
  const block = path.at(-2) as number;
  const before = stepAt(steps, holder)?.blocks?.[block - 1];
  return before ? [...holder, block - 1, before.steps.length] : holder;
}

/** Over the step after it; from the end of a branch to the top of the next, then out behind. */
function down(steps: StepState[], path: Path): Path | undefined {
  const index = path.at(-1) as number;
  const list = listOf(steps, path) ?? [];
  if (index < list.length - 1) return [...path.slice(0, -1), index + 2];
  if (path.length < 3) return undefined;
  const holder = path.slice(0, -2);
  const block = path.at(-2) as number;
  return stepAt(steps, holder)?.blocks?.[block + 1] ? [...holder, block + 1, 0] : after(holder);
}

/** Into the block that follows, at its top; else into the one before, at its end. */
function into(steps: StepState[], path: Path): Path | undefined {
  const index = path.at(-1) as number;
  const list = listOf(steps, path) ?? [];
  if (list[index + 1]?.blocks?.length) return [...path.slice(0, -1), index + 1, 0, 0];
  const before = list[index - 1]?.blocks;
  const last = before?.length ? before.length - 1 : -1;
  return before && last >= 0 ? [...path.slice(0, -1), index - 1, last, before[last]?.steps.length ?? 0] : undefined;
}

function after(path: Path): Path {
  return [...path.slice(0, -1), (path.at(-1) as number) + 1];
}

/** True when dropping a step on a place would change something. */
export function canDrop(from: Path, to: Path): boolean {
  if (isWithin(to, from)) return false;
  const same = from.length === to.length && from.slice(0, -1).every((part, index) => part === to[index]);
  return !(same && to.at(-1) === (from.at(-1) as number) + 1);
}
