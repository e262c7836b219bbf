/** What the Studio's shell is told. */

import type { IconName } from "../../app/icons.tsx";
import type { Args } from "../../app/messages.ts";
import type { StateTone } from "../../app/parts.tsx";

/** A view of the centre, as it is also remembered. */
export interface Place {
  view: string;
  args: Args;
}

export interface TreeItem {
  name: string;
  icon: IconName;
  view: string;
  args: Args;
  errors: number;
  more?: string;
  /** What it is for, in its own words. */
  doc?: string;
  tone?: StateTone;
  toneWords?: string;
  /** Handlers and helper methods of a service or class. */
  methods?: TreeItem[];
  /** Of a method: its name with the class's. */
  path?: string;
  /** It cannot be deleted. */
  isFixed?: boolean;
}

export interface TreeGroup {
  name: string;
  /** A row of its own that leads to this view: nothing stands under it, and nothing is added. */
  view?: string;
  icon?: IconName;
  items: TreeItem[];
}

export interface StudioState {
  file: string;
  path: string;
  title: string;
  /** What the badge "Beta" means; empty where there is none. */
  beta: string;
  isEmpty: boolean;
  service: string;
  tone: StateTone;
  words: string;
  connections: number;
  isServing: boolean;
  allServing: boolean;
  undo: string;
  redo: string;
  isDraft: boolean;
  problem: string;
  swapError: string;
  /** A free port for a listener that could not have its own. */
  offer: { listener: string; error: string; port: number } | null;
  errors: number;
  warnings: number;
  tree: TreeGroup[];
}

/** True when the tree's item is what the centre shows. */
export function isPlace(item: TreeItem, place: Place): boolean {
  if (item.view === "class" && (place.view === "flow" || place.view === "handler")) {
    return String(place.args["handler"] ?? "").startsWith(`${item.name}.`);
  }
  if (item.view === "flow" && place.view === "handler") return item.args["handler"] === place.args["handler"];
  if (item.view === "service" && place.view === "service" && !place.args["service"]) return true;
  return item.view === place.view && Object.entries(item.args).every(([key, value]) => place.args[key] === value);
}
