/** Where an arrow key leads in a picture: the nearest box in that direction. */

export interface Box {
  name: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

const TURNS: Record<string, readonly [dx: number, dy: number]> = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

export function nearest(boxes: readonly Box[], from: string, key: string): string | undefined {
  const turn = TURNS[key];
  const here = boxes.find((each) => each.name === from);
  if (!turn) return undefined;
  if (!here) return boxes[0]?.name;
  const [dx, dy] = turn;
  let best: { name: string; cost: number } | undefined;
  for (const box of boxes) {
    if (box === here) continue;
    const ahead = dx ? dx * (centre(box).x - centre(here).x) : dy * (centre(box).y - centre(here).y);
    const aside = dx ? Math.abs(centre(box).y - centre(here).y) : Math.abs(centre(box).x - centre(here).x);
    if (ahead <= 4) continue;
    const cost = ahead + 2 * aside;
    if (!best || cost < best.cost) best = { name: box.name, cost };
  }
  return best?.name;
}

function centre(box: Box): { x: number; y: number } {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** The zoom at which a picture fits a window, never larger than life. */
export function fit(picture: { width: number; height: number }, window: { width: number; height: number }): number {
  if (!picture.width || !picture.height) return 1;
  return Math.max(0.1, Math.min(1, (window.width - 32) / picture.width, (window.height - 32) / picture.height));
}
