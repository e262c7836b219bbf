/** Paths, moves and drops in a flow; the palette's search; colours of a line. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { tokens } from "../src/views/flow/highlight.ts";
import { inLoop, pathAtLine, pathById, reuse, type StepState, stepAt } from "../src/views/flow/model.ts";
import { canDrop, type Direction, moveTo } from "../src/views/flow/moves.ts";

let line = 0;
function step(id: string, kind = "code", ...blocks: [role: string, ...steps: StepState[]][]): StepState {
  const start = ++line;
  const made: StepState = { id, kind, fields: {}, summary: "", line: start, endLine: start };
  if (blocks.length)
    made.blocks = blocks.map(([role, ...steps]) => {
      return { role, label: role, fields: {}, summary: "", steps };
    });
  made.endLine = line;
  return made;
}

/** a; if { b, c } else { }; for { d { break } }; e */
function flow(): StepState[] {
  line = 0;
  const a = step("a");
  line += 1;
  const branch: StepState = { ...step("if"), line: 2 };
  const b = step("b");
  const c = step("c");
  branch.kind = "if";
  branch.blocks = [
    { role: "if", label: "If", fields: {}, summary: "", steps: [b, c] },
    { role: "else", label: "Else", fields: {}, summary: "", steps: [] },
  ];
  branch.endLine = line;
  const loop = step("for", "for_each", ["body", step("d")]);
  return [a, branch, loop, step("e")];
}

const MOVES: [from: number[], direction: Direction, to: number[] | undefined][] = [
  [[0], "up", undefined],
  [[1], "up", [0]],
  [[0], "down", [2]],
  [[3], "down", undefined],
  [[1, 0, 1], "up", [1, 0, 0]],
  [[1, 0, 0], "up", [1]],
  [[1, 0, 0], "down", [1, 0, 2]],
  [[1, 0, 1], "down", [1, 1, 0]],
  [[2, 0, 0], "down", [3]],
  [[2, 0, 0], "up", [2]],
  [[0], "in", [1, 0, 0]],
  [[3], "in", [2, 0, 1]],
  [[1, 0, 0], "out", [2]],
  [[0], "out", undefined],
];

for (const [from, direction, to] of MOVES)
  test(`${from.join(".")} moves ${direction} to ${to?.join(".") ?? "nowhere"}`, () => {
    assert.deepEqual(moveTo(flow(), from, direction), to);
  });

test("a step at the top of a branch moves to the end of the branch before", () => {
  const steps = flow();
  steps[1]?.blocks?.[1]?.steps.push(step("x"));
  assert.deepEqual(moveTo(steps, [1, 1, 0], "up"), [1, 0, 2]);
});

test("a step is dropped neither into itself nor where it stands", () => {
  assert.equal(canDrop([1], [1, 0, 0]), false);
  assert.equal(canDrop([1], [1]), false);
  assert.equal(canDrop([1], [2]), false);
  assert.equal(canDrop([1], [0]), true);
  assert.equal(canDrop([1], [3]), true);
  assert.equal(canDrop([1, 0, 0], [1, 1, 0]), true);
  assert.equal(canDrop([1, 0, 0], [2]), true);
});

test("finds steps by path, id and line", () => {
  const steps = flow();
  assert.equal(stepAt(steps, [1, 0, 1])?.id, "c");
  assert.equal(stepAt(steps, [1, 0]), undefined);
  assert.equal(stepAt(steps, [9, 0, 1]), undefined);
  assert.deepEqual(pathById(steps, "d"), [2, 0, 0]);
  assert.equal(pathById(steps, "zz"), undefined);
  const c = stepAt(steps, [1, 0, 1]) as StepState;
  assert.deepEqual(pathAtLine(steps, c.line), [1, 0, 1]);
});

test("Break and Continue make sense inside a loop's body only", () => {
  const steps = flow();
  assert.equal(inLoop(steps, [2, 0, 1]), true);
  assert.equal(inLoop(steps, [1, 0, 0]), false);
  assert.equal(inLoop(steps, [3]), false);
});

test("what did not change keeps its object", () => {
  const before = flow();
  const after = structuredClone(before);
  assert.equal(reuse(before, after), before);
  (after[3] as StepState).summary = "new";
  const merged = reuse(before, after);
  assert.notEqual(merged, before);
  assert.equal(merged[1], before[1]);
  assert.equal(merged[3]?.summary, "new");
});

test("a step that slid down keeps its object", () => {
  const before = flow();
  const after = [step("new"), ...structuredClone(before)];
  assert.equal(reuse(before, after)[2], before[1]);
});

test("colours words, strings, comments and what is defined", () => {
  const kinds = (text: string): string[] => tokens(text).flatMap(([word, kind]) => (kind ? [`${kind}:${word}`] : []));
  assert.deepEqual(kinds('return b"a#b"  # no "string"'), ["kw:return", 'st:b"a#b"', 'cm:# no "string"']);
  assert.deepEqual(kinds("async def on_bytes(self):"), ["kw:async", "kw:def", "df:on_bytes"]);
  assert.deepEqual(kinds("format(x)"), []);
  assert.equal(tokens('x = "un').map(([word]) => word).join(""), 'x = "un');
});
