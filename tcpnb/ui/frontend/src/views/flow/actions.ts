/** What a step can ask of the flow that it stands in, and which key asks what. */

import { rove } from "../../app/keys.ts";
import { endsList, type Palette, type Path, pathOf, type StepState } from "./model.ts";
import type { Direction } from "./moves.ts";
import { zoomKey, type ZoomWish } from "./zoom.ts";

export interface FlowActions {
  palette: Palette;
  select(path: Path, open: boolean): void;
  add(path: Path): void;
  remove(path: Path): void;
  duplicate(path: Path): void;
  move(path: Path, direction: Direction): void;
  showText(step: StepState): void;
  showLog(): void;
  toggle(id: string): void;
  dragged(path: Path | undefined): void;
  allows(to: Path): boolean;
  drop(to: Path): void;
}

const BACK: Record<string, "undo" | "redo"> = { z: "undo", Z: "redo", y: "redo" };
const MOVES: Record<string, Direction> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in" };

interface Keyed {
  actions: FlowActions;
  root: { current: HTMLElement | null };
  path: Path | undefined;
  step: StepState | undefined;
  folded: ReadonlySet<string>;
  focusStep(path: Path): void;
  /** Open the menu of the selected step. */
  openMenu(): void;
  /** Close what is open beside the flow; false when nothing is. */
  close(): boolean;
  back(wish: "undo" | "redo"): void;
  zoom(wish: ZoomWish): void;
}

/** Do what a key means in the flow; one that means nothing here goes on to others. */
export function flowKey(event: KeyboardEvent, on: Keyed): void {
  if ((event.target as HTMLElement).closest(".pal,[role=menu]")) return;
  if (isTaken(event, on)) {
    event.preventDefault();
    event.stopPropagation();
  } else if (!event.altKey && on.root.current && rove(event, on.root.current)) {
    const at = (document.activeElement as HTMLElement).dataset["path"];
    if (at !== undefined) on.actions.select(pathOf(at), false);
  }
}

function isTaken(event: KeyboardEvent, { actions, path, step, folded, focusStep, openMenu, close, back, zoom }: Keyed): boolean {
  const command = event.ctrlKey || event.metaKey;
  const wish = command && BACK[event.key];
  if (wish) return done(back(wish));
  const size = zoomKey(event);
  if (size) return done(zoom(size));
  if (!path || !step) return false;
  if (event.altKey) {
    const direction = MOVES[event.key];
    return direction !== undefined && done(actions.move(path, direction));
  }
  switch (event.key) {
    case "Delete":
    case "Backspace":
      return (event.target as HTMLElement).matches(".face") && done(actions.remove(path));
    case "+":
      return done(actions.add(endsList(step) ? path : [...path.slice(0, -1), (path.at(-1) as number) + 1]));
    case "d":
      return command && done(actions.duplicate(path));
    case "Escape":
      return close();
    case "F10":
    case "ContextMenu":
      return (event.shiftKey || event.key === "ContextMenu") && done(openMenu());
    case "ArrowLeft":
      if (step.blocks?.length && !folded.has(step.id)) return done(actions.toggle(step.id));
      return path.length > 2 && done(focusStep(path.slice(0, -2)));
    case "ArrowRight":
      return folded.has(step.id) && done(actions.toggle(step.id));
    default:
      return false;
  }
}

/** True, once it is done. */
function done(_: void): boolean {
  return true;
}
