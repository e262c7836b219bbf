/** The second press of a double click means something of its own and presses nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { onSecondPress } from "../src/app/second_press.ts";

const PRESS = ["pointerdown", "mousedown", "pointerup", "mouseup", "click", "dblclick"];

function stage() {
  const page = new EventTarget();
  const heard: string[] = [];
  let acted = 0;
  const end = onSecondPress({ clientX: 100, clientY: 50 }, () => (acted += 1), page);
  for (const kind of PRESS) page.addEventListener(kind, () => heard.push(kind));
  const say = (kind: string, at = {}) => {
    const event = Object.assign(new Event(kind, { cancelable: true }), { clientX: 100, clientY: 50, button: 0, ...at });
    page.dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { end, heard, say, acted: () => acted };
}

test("the second press acts once, at its release, and the page hears nothing of it", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { say, heard, acted } = stage();
  t.mock.timers.tick(120);
  assert.equal(say("pointerdown", { clientX: 105, clientY: 45 }), false);
  assert.equal(say("mousedown"), true, "neither focus nor selection moves");
  assert.equal(acted(), 0);
  t.mock.timers.tick(5_000);
  for (const kind of ["pointerup", "mouseup", "click", "dblclick"]) say(kind);
  assert.equal(acted(), 1);
  for (const kind of PRESS) say(kind);
  assert.equal(acted(), 1, "a third press means no more");
  assert.deepEqual(heard, []);
  t.mock.timers.tick(400);
  for (const kind of PRESS) say(kind);
  assert.deepEqual(heard, PRESS, "then everything is as it was");
});

test("what comes later, elsewhere, or with another button is none", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (const [wait, at] of [
    [400, {}],
    [100, { clientX: 107 }],
    [100, { clientY: 43 }],
    [100, { button: 2 }],
  ] as const) {
    const { say, heard, acted } = stage();
    t.mock.timers.tick(wait);
    for (const kind of PRESS) say(kind, at);
    assert.deepEqual([heard, acted()], [PRESS, 0]);
  }
});

test("the rest of the first press is heard, and a press that the system takes away is none", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { say, heard, acted } = stage();
  say("mouseup");
  assert.deepEqual(heard, ["mouseup"]);
  say("pointerdown");
  say("pointercancel");
  say("pointerup");
  assert.deepEqual([heard, acted()], [["mouseup", "pointerup"], 0]);
});

test("one double click at a time", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const first = stage();
  const second = stage();
  for (const kind of PRESS) first.say(kind);
  for (const kind of PRESS) second.say(kind);
  assert.deepEqual([first.acted(), second.acted()], [0, 1]);
  second.end();
  for (const kind of PRESS) second.say(kind);
  assert.deepEqual(second.heard, PRESS);
});
