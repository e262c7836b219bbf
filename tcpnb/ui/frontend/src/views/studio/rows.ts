/** The project tree as rows: which are there, which are open, and where a key leads. */

import { isPlace, type Place, type TreeGroup, type TreeItem } from "./types.ts";

export interface TreeRow {
  key: string;
  level: 1 | 2 | 3;
  label: string;
  group: TreeGroup;
  /** Absent for a group's own row. */
  item?: TreeItem;
  /** The key of the row that it stands under. */
  parent: string;
  /** Undefined for a row that nothing stands under. */
  open: boolean | undefined;
}

/** The first row: the whole design in one picture. */
export const OVERVIEW: TreeGroup = { name: "Overview", items: [], view: "overview", icon: "fork" };

/** Of so many classes and services at most, the methods are shown from the start. */
const FEW = 6;

/** What was folded and unfolded by hand; all else is as it comes. */
export interface Folding {
  closed: readonly string[];
  opened: readonly string[];
}

/** The rows of the tree, top to bottom; what is folded has none. */
export function rowsOf(groups: readonly TreeGroup[], folding: Folding): TreeRow[] {
  const parents = groups.flatMap((group) => group.items).filter((item) => item.methods?.length).length;
  const rows: TreeRow[] = [];
  for (const group of groups) {
    const open = group.view ? undefined : !folding.closed.includes(group.name);
    rows.push({ key: group.name, level: 1, label: group.name, group, parent: "", open });
    if (!open) continue;
    for (const item of group.items) {
      const key = `${group.name}/${item.name}`;
      const methods = item.methods ?? [];
      const shown = methods.length ? folding.opened.includes(key) || (parents <= FEW && !folding.closed.includes(key)) : undefined;
      rows.push({ key, level: 2, label: item.name, group, item, parent: group.name, open: shown });
      if (!shown) continue;
      for (const method of methods) {
        rows.push({ key: `${key}.${method.name}`, level: 3, label: method.name, group, item: method, parent: key, open: undefined });
      }
    }
  }
  return rows;
}

/** A row folded or unfolded. */
export function folded(folding: Folding, key: string, open: boolean): Folding {
  const without = (keys: readonly string[]): string[] => keys.filter((one) => one !== key);
  return {
    closed: open ? without(folding.closed) : [...without(folding.closed), key],
    opened: open ? [...without(folding.opened), key] : without(folding.opened),
  };
}

/** The row of what the centre shows: a method's own where it is to be seen, else its class's. */
export function selectedRow(rows: readonly TreeRow[], place: Place): TreeRow | undefined {
  const found = rows.filter((row) => row.item && isPlace(row.item, place));
  const ofGroup = (row: TreeRow): boolean => row.level === 1 && place.view === (row.key === "Types" ? "types" : row.group.view);
  return found.find((row) => row.level === 3) ?? found[0] ?? rows.find(ofGroup);
}

/** Where a key leads: to another row, or to a row folded or unfolded; undefined when it means nothing here. */
export function led(rows: readonly TreeRow[], at: string, key: string): { to: string } | { fold: string; open: boolean } | undefined {
  const index = rows.findIndex((row) => row.key === at);
  const row = rows[index];
  if (!row) return undefined;
  const to = (one: TreeRow | undefined) => (one ? { to: one.key } : undefined);
  switch (key) {
    case "ArrowDown":
      return to(rows[index + 1]);
    case "ArrowUp":
      return to(rows[index - 1]);
    case "Home":
      return to(rows[0]);
    case "End":
      return to(rows.at(-1));
    case "ArrowRight":
      if (row.open === false) return { fold: row.key, open: true };
      return rows[index + 1]?.parent === row.key ? to(rows[index + 1]) : undefined;
    case "ArrowLeft":
      if (row.open) return { fold: row.key, open: false };
      return row.parent ? { to: row.parent } : undefined;
  }
  // A letter leads to the next row that begins with it.
  if (!/^[\p{L}\p{N}_]$/u.test(key)) return undefined;
  const round = [...rows.slice(index + 1), ...rows.slice(0, index)];
  return to(round.find((one) => one.label.toLowerCase().startsWith(key.toLowerCase())));
}
