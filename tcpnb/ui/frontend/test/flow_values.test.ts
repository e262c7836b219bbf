/** What the pane of names and values shows first and finds, and how a form of a value changes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Built, type Choice, emptyForm, type FoundValue, fromCharacters, type Offer, type Offers, sectionsOf, type ShapeState, toCharacters, whyNot, withRow, withValue,
} from "../src/views/flow/values.ts";

function offer(name: string, kind = "variable", signature = ""): Offer {
  return { name, kind, type: "", signature, doc: "", fits: false };
}

const slot = (name: string) => ({ name, type: "", default: "", required: true });
const POINT: ShapeState = { name: "Point", kind: "class", doc: "", fits: false, slots: ["x", "y", "z"].map(slot) };
const NONE: ShapeState = { name: "None", kind: "None", doc: "", fits: false, slots: [] };
const LIST: ShapeState = { name: "list", kind: "list", doc: "", fits: false, slots: [] };

function offers(change: Partial<Offers> = {}): Offers {
  return {
    inputs: [offer("caller", "parameter")],
    variables: [offer("count")],
    configurables: [],
    functions: [offer("greet", "function", "(name: str) -> str"), offer("now", "function", "() -> float")],
    more: [offer("len", "function", "(obj, /)"), offer("greet", "function")],
    values: [POINT, LIST, NONE],
    here: [],
    ...change,
  };
}

const titles = (found: ReturnType<typeof sectionsOf>): string[] => found.map(([title]) => title);
const labels = (found: ReturnType<typeof sectionsOf>): string[] => found.flatMap(([, rows]) => rows.map((each) => each.label));
const of = (found: ReturnType<typeof sectionsOf>, label: string): Choice => found.flatMap(([, rows]) => rows).find((each) => each.label === label) as Choice;

test("empty sections are not shown, and values come last", () => {
  assert.deepEqual(titles(sectionsOf(offers(), "", false)), ["Inputs", "Variables", "Functions", "Create value"]);
});

test("values come first where a class of the file is expected", () => {
  const found = sectionsOf(offers({ values: [{ ...POINT, fits: true }, LIST] }), "", false);
  assert.equal(titles(found)[0], "Create value");
  assert.equal(of(found, "Point").about, "class, fits");
});

test("more functions come when they are asked for, or searched, each once", () => {
  assert.ok(!labels(sectionsOf(offers(), "", false)).includes("len"));
  assert.deepEqual(labels(sectionsOf(offers(), "", true)).filter((each) => ["len", "greet"].includes(each)), ["greet", "len"]);
  assert.deepEqual(labels(sectionsOf(offers(), "len", false)), ["len"]);
});

test("a section can be searched by its name", () => {
  assert.deepEqual(labels(sectionsOf(offers(), "create point", false)), ["Point"]);
  assert.deepEqual(sectionsOf(offers(), "no such thing", false), []);
});

test("a call gets its brackets, and the cursor goes in where something belongs", () => {
  const found = sectionsOf(offers(), "", false);
  assert.deepEqual(of(found, "greet").act, { insert: "greet()", back: 1 });
  assert.deepEqual(of(found, "now").act, { insert: "now()", back: 0 });
  assert.deepEqual(of(found, "caller").act, { insert: "caller", back: 0 });
});

test("words are put in, classes open a form: the one that stands there, where there is one", () => {
  const here: FoundValue = { ...emptyForm(POINT), given: [], start: 0, end: 7, words: "Point()" };
  const found = sectionsOf(offers({ here: [here] }), "", false);
  assert.deepEqual(titles(found)[0], "Edit");
  assert.deepEqual(of(found, "None").act, { insert: "None", back: 0 });
  assert.deepEqual(of(found, "Point").act, { found: here });
  assert.deepEqual(of(sectionsOf(offers(), "", false), "Point").act, { shape: POINT });
});

test("a form keeps its variables in the order of the class, and drops those that are emptied", () => {
  let form = withValue(emptyForm(POINT), POINT, "z", "3");
  form = withValue(form, POINT, "x", "1");
  assert.deepEqual(form.rows, [["x", "1"], ["z", "3"]]);
  assert.deepEqual(withValue(form, POINT, "x", "").rows, [["z", "3"]]);
});

test("rows are changed and taken out", () => {
  const form = { ...emptyForm(LIST), rows: [["", "1"], ["", "2"]] as const };
  assert.deepEqual(withRow(form, 1, ["", "3"]).rows, [["", "1"], ["", "3"]]);
  assert.deepEqual(withRow(form, 0, undefined).rows, [["", "2"]]);
});

const built: Built = { text: "", whole: "", caret: 0, problems: {}, missing: [], problem: "" };
for (const [answer, words] of [
  [undefined, ""],
  [built, ""],
  [{ ...built, missing: ["x"] }, "x needs a value"],
  [{ ...built, missing: ["x", "y"] }, "x, y need values"],
  [{ ...built, problems: { x: "is bad" }, missing: ["y"] }, "x: is bad"],
  [{ ...built, problems: { "0.key": "is bad" } }, "is bad"],
  [{ ...built, problems: { "": "cannot be" } }, "cannot be"],
] as const)
  test(`says ${JSON.stringify(words)}`, () => assert.equal(whyNot(answer as Built | undefined), words));

test("places count in characters on the one side and in halves of pairs on the other", () => {
  const text = "'𝄞é' + x";
  assert.equal(toCharacters(text, text.indexOf("x")), 7);
  assert.equal(fromCharacters(text, 7), text.indexOf("x"));
  assert.equal(fromCharacters(text, 99), text.length);
});
