/**
 * When something that nobody has answered is said again, in ms after the first time.
 *
 * A notebook gives its views a way past a busy cell a moment after it has made them (a subshell of the kernel). What
 * is said before that waits for the cell, the next try does not. Each try has the same turn, so Python counts one.
 */
const AGAIN_MS = [1_000, 4_000, 15_000];
/** After this time without an answer the person is told why there may be none. */
export const PATIENCE_MS = 20_000;

/** Say something now, and a few times more until it is answered; then call `despair`. Returns how to stop. */
export function insist(say: () => void, despair: () => void = () => undefined): () => void {
  say();
  const timers = [...AGAIN_MS.map((wait) => setTimeout(say, wait)), setTimeout(despair, PATIENCE_MS)];
  return () => timers.forEach(clearTimeout);
}

/** A random name: of a page, or of a part of it that speaks for itself. */
export function randomName(): string {
  return Math.random().toString(36).slice(2, 10);
}
