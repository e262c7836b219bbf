/** Which keys are the notebook's, wherever in a view the focus is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chord, isNotebooks, type Place } from "../src/app/keys.ts";

function chord(words: string): Chord {
  const parts = words.split("+");
  const has = (name: string): boolean => parts.slice(0, -1).includes(name);
  return { key: parts.at(-1) ?? "", shiftKey: has("Shift"), ctrlKey: has("Ctrl"), altKey: has("Alt"), metaKey: has("Meta") };
}

const CASES: [Place, string[], string[]][] = [
  ["text", [], ["a", "Enter", "Shift+Enter", "Ctrl+Enter", "Alt+Enter", "Ctrl+s", "Ctrl+z", "Ctrl+Shift+C"]],
  ["field", ["Shift+Enter", "Ctrl+Enter", "Alt+Enter", "Meta+Enter", "Ctrl+s", "Meta+s"], ["a", "x", "d", "Enter", "Delete", "Ctrl+a", "Ctrl+c", "Ctrl+z", "Ctrl+ArrowLeft"]],
  ["other", ["Shift+Enter", "Ctrl+Enter", "Alt+Enter", "Ctrl+s", "Ctrl+b", "Ctrl+Shift+C"], ["a", "x", "d", "Enter", " ", "Delete", "Alt+ArrowUp", "Ctrl+z", "Ctrl+Shift+Z", "Ctrl+y", "Ctrl+c", "Ctrl+ArrowUp", "Ctrl+Alt+k"]],
];

for (const [place, theirs, ours] of CASES) {
  test(`keys in a ${place}`, () => {
    for (const words of theirs) assert.equal(isNotebooks(chord(words), place), true, words);
    for (const words of ours) assert.equal(isNotebooks(chord(words), place), false, words);
  });
}
