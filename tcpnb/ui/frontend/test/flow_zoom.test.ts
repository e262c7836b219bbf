/** The zoom of a flow: its steps and ends, fitting, keys that are the browser's own, a wheel in small turns. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fitWidth, inWords, sound, wheelSteps, ZOOMS, zoomKey, zoomStep } from "../src/views/flow/zoom.ts";

test("each step leads to the next, and the last to itself", () => {
  const up = ZOOMS.map((each) => zoomStep(each, "in"));
  assert.deepEqual(up, [...ZOOMS.slice(1), 2]);
  const down = ZOOMS.map((each) => zoomStep(each, "out"));
  assert.deepEqual(down, [0.5, ...ZOOMS.slice(0, -1)]);
});

test("from a fitted zoom between two steps it goes to the nearest in that direction", () => {
  assert.equal(zoomStep(0.83, "in"), 0.9);
  assert.equal(zoomStep(0.83, "out"), 0.8);
});

for (const [natural, room, zoom] of [
  [800, 400, 0.5],
  [8000, 400, 0.5],
  [600, 499, 0.83],
  [400, 400, 1],
  [100, 400, 2],
  [0, 400, 1],
  [400, 0, 1],
] as const)
  test(`${natural} px in ${room} px fit at ${inWords(zoom)}`, () => assert.equal(fitWidth(natural, room), zoom));

for (const [kept, zoom] of [[0.8, 0.8], [9, 2], [0, 0.5], [Number.NaN, 1], ["1.5", 1], [null, 1], [undefined, 1]] as const)
  test(`a remembered ${String(kept)} is ${inWords(zoom)}`, () => assert.equal(sound(kept), zoom));

const plain = { ctrlKey: false, metaKey: false, altKey: false };
for (const [key, wish] of [["-", "out"], ["=", "in"], ["0", "whole"], ["w", "fit"], ["+", undefined], ["a", undefined]] as const)
  test(`the key ${key} asks ${wish ?? "nothing"}`, () => {
    assert.equal(zoomKey({ ...plain, key }), wish);
    for (const with_ of ["ctrlKey", "metaKey", "altKey"]) assert.equal(zoomKey({ ...plain, key, [with_]: true }), undefined);
  });

test("a pinch comes in small turns that add up; a turn the other way begins anew", () => {
  let gathered = 0;
  const wishes = [-15, -15, -15, 10, -30, -15, 120].map((turn) => {
    const next = wheelSteps(gathered, turn);
    gathered = next.gathered;
    return next.wish;
  });
  assert.deepEqual(wishes, [undefined, undefined, "in", undefined, undefined, "in", "out"]);
});
