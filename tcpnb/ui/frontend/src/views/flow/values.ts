/** What can go into an expression, as Python tells it: names, functions, values that a form makes; and how it is found. */

import type { Pane } from "../../app/circle.ts";
import type { Args } from "../../app/messages.ts";
import { search } from "./choices.ts";
import type { NameState } from "./model.ts";

export interface Offer extends NameState {
  /** True for what has the type that is expected. */
  fits: boolean;
}

export interface SlotState {
  name: string;
  type: string;
  default: string;
  required: boolean;
}

export interface ShapeState {
  /** A class of the file, or the name of a literal. */
  name: string;
  kind: string;
  doc: string;
  fits: boolean;
  slots: SlotState[];
}

export type Row = readonly [key: string, value: string];

/** A value in parts, as Python reads and writes it. */
export interface ValueForm {
  shape: string;
  rows: readonly Row[];
  /** Arguments that stay as they are, without and with a name. */
  first: readonly string[];
  last: readonly string[];
}

/** A value that stands in the text already. */
export interface FoundValue extends ValueForm {
  given: string[];
  start: number;
  end: number;
  words: string;
}

export interface Offers {
  inputs: Offer[];
  variables: Offer[];
  configurables: Offer[];
  functions: Offer[];
  more: Offer[];
  values: ShapeState[];
  here: FoundValue[];
}

export interface Built {
  text: string;
  whole: string;
  caret: number;
  problems: Record<string, string>;
  missing: string[];
  /** What is wrong with the whole text, with the value in it. */
  problem: string;
}

/** What the fields of a step ask Python; places are counted in characters, as Python does. */
export interface Help {
  offers(text: string, cursor: number, expected: string): Promise<Offers>;
  build(form: ValueForm, text: string, start: number, end: number): Promise<Built>;
  spread(text: string): Promise<{ text: string; problem: string }>;
}

/** The help of a pane in Python; `about`: what it must know of the place of the field besides. */
export function helpOf(pane: Pick<Pane, "wish">, about: Args = {}): Help {
  return {
    offers: (text, cursor, expected) => pane.wish("helper", { ...about, text, cursor, expected }),
    build: (form, text, start, end) => pane.wish("build", { form, text, start, end }),
    spread: (text) => pane.wish("spread", { text }),
  };
}

/** One row of the pane. */
export interface Choice {
  key: string;
  label: string;
  /** A word at the right. */
  about: string;
  section: string;
  help: string;
  act: { insert: string; back: number } | { shape: ShapeState } | { found: FoundValue };
  kind: string;
}

export type Section = readonly [title: string, rows: Choice[]];

const HERE = "Edit";
const VALUES = "Create value";
/** Rows of one section that are shown at a time; a search finds the others. */
const MOST = 80;

/** The sections of the pane: what stands at the cursor first, and a class first whose value is expected. */
export function sectionsOf(offers: Offers, text: string, more: boolean): Section[] {
  const wanted = offers.values.some((each) => each.fits && each.kind === "class");
  const named: [string, Choice[]][] = [
    ["Inputs", offers.inputs.map((each) => nameChoice("Inputs", each))],
    ["Variables", offers.variables.map((each) => nameChoice("Variables", each))],
    ["Configurable values", offers.configurables.map((each) => nameChoice("Configurable values", each))],
    ["Functions", functions(offers, more || text.trim() !== "").map((each) => nameChoice("Functions", each))],
  ];
  const here: [string, Choice[]] = [HERE, offers.here.map(hereChoice)];
  const values: [string, Choice[]] = [VALUES, offers.values.map((each) => shapeChoice(each, offers.here))];
  const all = wanted ? [here, values, ...named] : [here, ...named, values];
  return all.map(([title, rows]) => [title, search(rows, text).slice(0, MOST)] as const).filter(([, rows]) => rows.length);
}

function functions(offers: Offers, more: boolean): Offer[] {
  const own = new Set(offers.functions.map((each) => each.name));
  return more ? [...offers.functions, ...offers.more.filter((each) => !own.has(each.name))] : offers.functions;
}

function nameChoice(section: string, offer: Offer): Choice {
  const isCall = offer.kind === "function" || section === "Functions";
  const insert = isCall ? `${offer.name}()` : offer.name;
  return {
    key: `${section} ${offer.name}`,
    label: offer.name,
    about: offer.type || (offer.signature.split(" -> ")[1] ?? ""),
    section,
    help: [isCall ? offer.name + offer.signature : "", offer.doc].filter(Boolean).join("\n"),
    // The cursor goes to where the arguments are written.
    act: { insert, back: isCall && !offer.signature.startsWith("()") ? 1 : 0 },
    kind: offer.kind,
  };
}

function shapeChoice(shape: ShapeState, here: readonly FoundValue[]): Choice {
  const isWord = ["True", "False", "None"].includes(shape.name);
  // A class whose value is being edited is not begun anew.
  const found = shape.kind === "class" ? here.find((each) => each.shape === shape.name) : undefined;
  const act = isWord ? { insert: shape.name, back: 0 } : found ? { found } : { shape };
  const about = [shape.kind === "class" ? "class" : "", shape.fits ? "fits" : ""].filter(Boolean).join(", ");
  return { key: `${VALUES} ${shape.name}`, label: shape.name, about, section: VALUES, help: shape.doc, act, kind: shape.kind === "class" ? "class" : "keyword" };
}

function hereChoice(found: FoundValue): Choice {
  return { key: `${HERE} ${found.start} ${found.end}`, label: found.words, about: found.shape, section: HERE, help: "", act: { found }, kind: "edit" };
}

/** The form of a value that is not there yet. */
export function emptyForm(shape: ShapeState): ValueForm {
  const rows: Row[] = shape.kind === "class" ? [] : [["", ""]];
  return { shape: shape.name, rows, first: [], last: [] };
}

export function valueOf(form: ValueForm, name: string): string {
  return form.rows.find(([key]) => key === name)?.[1] ?? "";
}

/** The form with a variable's value, at the place where the class has it. */
export function withValue(form: ValueForm, shape: ShapeState, name: string, value: string): ValueForm {
  const values = new Map(form.rows.map(([key, old]) => [key, old]));
  values.set(name, value);
  const rows = shape.slots.flatMap((slot): Row[] => (values.get(slot.name) ? [[slot.name, values.get(slot.name) as string]] : []));
  return { ...form, rows };
}

export function withRow(form: ValueForm, at: number, row: Row | undefined): ValueForm {
  const rows = [...form.rows];
  rows.splice(at, 1, ...(row ? [row] : []));
  return { ...form, rows };
}

/** Why the value cannot be put in yet, in words; empty when it can. */
export function whyNot(built: Built | undefined): string {
  if (!built) return "";
  const [name, reason] = Object.entries(built.problems)[0] ?? [];
  if (reason !== undefined) return name && !/^\d/.test(name) ? `${name}: ${reason}` : reason;
  if (built.missing.length) return `${built.missing.join(", ")} ${built.missing.length > 1 ? "need values" : "needs a value"}`;
  return "";
}

/** The page counts in halves of a surrogate pair, Python in characters. */
export function toCharacters(text: string, at: number): number {
  return [...text.slice(0, at)].length;
}

export function fromCharacters(text: string, at: number): number {
  return [...text].slice(0, at).join("").length;
}
