/** What the palette offers at a place, and what a search finds in it. */

import type { Fields, NameState, Palette as PaletteState } from "./model.ts";

export interface Choice {
  kind: string;
  label: string;
  /** The variable that it is about: `caller`, `tcp_client`. */
  about: string;
  section: string;
  help: string;
  fields: Fields;
}

/** What can be added at a place: one row for each caller or client in scope, Break and Continue in loops only. */
export function choicesOf(palette: PaletteState, inLoop: boolean, names: readonly NameState[]): Choice[] {
  const callers = names.filter((each) => each.type.startsWith("tcp.Caller")).map((each) => each.name);
  const clients = names.filter((each) => each.type.startsWith("tcp.Client")).map((each) => each.name);
  return Object.entries(palette.kinds).flatMap(([kind, spec]) => {
    if (spec.inLoop && !inLoop) return [];
    const row = { kind, label: spec.label, section: spec.section, help: spec.help };
    const fields: Fields = Object.fromEntries(spec.fields.filter((each) => each.default).map((each) => [each.name, each.default]));
    const holder = spec.fields.find((each) => each.name === "caller" || each.name === "client")?.name;
    if (!holder) return [{ ...row, about: "", fields }];
    const owners = holder === "caller" ? callers : clients;
    if (holder === "client" && owners.length === 0) return [];
    return (owners.length ? owners : [""]).map((about) => ({ ...row, about, fields: { ...fields, [holder]: about } }));
  });
}

/** What has all the words of a search, what begins with the first of them before all else. */
export function search<T extends Pick<Choice, "label" | "about" | "section" | "help">>(choices: readonly T[], text: string): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (each: T): number => (each.label.toLowerCase().startsWith(words[0] ?? "") ? 0 : each.label.toLowerCase().includes(words[0] ?? "") ? 1 : 2);
  const hits = choices.filter((each) => {
    const all = `${each.label} ${each.about} ${each.section} ${each.help}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  return words.length ? [...hits].sort((one, two) => rank(one) - rank(two)) : hits;
}
