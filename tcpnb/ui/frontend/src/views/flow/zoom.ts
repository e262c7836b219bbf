/** How large a flow is drawn: the steps of the zoom, and what the wheel and the keys ask of it. */

export const ZOOMS = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2] as const;
const LEAST = ZOOMS[0];
const MOST = ZOOMS[ZOOMS.length - 1] as number;
/** As much of a wheel's turn as is one step; a pinch comes in many small ones. */
const NOTCH = 40;

export type ZoomWish = "in" | "out" | "whole" | "fit";

/** The next larger or smaller zoom; the same at the end. */
export function zoomStep(zoom: number, wish: "in" | "out"): number {
  const larger = ZOOMS.find((each) => each > zoom + 0.001);
  const smaller = [...ZOOMS].reverse().find((each) => each < zoom - 0.001);
  return (wish === "in" ? larger : smaller) ?? zoom;
}

/** The largest zoom, in whole percent, at which `natural` pixels fit into `room`. */
export function fitWidth(natural: number, room: number): number {
  if (natural <= 0 || room <= 0) return 1;
  return Math.max(LEAST, Math.min(MOST, Math.floor((100 * room) / natural) / 100));
}

/** A remembered zoom, whatever stands there. */
export function sound(zoom: unknown): number {
  return typeof zoom === "number" && Number.isFinite(zoom) ? Math.max(LEAST, Math.min(MOST, zoom)) : 1;
}

export const inWords = (zoom: number): string => `${Math.round(zoom * 100)} %`;

const KEYS: Record<string, ZoomWish> = { "-": "out", "=": "in", "0": "whole", w: "fit" };

/** What a key asks of the zoom; plain keys only: with Ctrl they are the browser's own. */
export function zoomKey(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): ZoomWish | undefined {
  return event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
}

/** Turns of the wheel, gathered until they are a step. */
export function wheelSteps(gathered: number, turn: number): { gathered: number; wish: "in" | "out" | undefined } {
  const sum = Math.sign(turn) === Math.sign(gathered) ? gathered + turn : turn;
  if (Math.abs(sum) < NOTCH) return { gathered: sum, wish: undefined };
  return { gathered: 0, wish: sum < 0 ? "in" : "out" };
}
