/**
 * When something that nobody has answered is said again, in ms after the first time.
 *
 * A notebook gives its views a way past a busy cell a moment after it has made them (a subshell of the kernel). What
 * is said before that waits for the cell, the next try does not. Python lets pass what it has heard already.
 */
const AGAIN_MS = [1_000, 4_000, 15_000];

/** Say something now, and a few times more until it is answered; returns how to stop. */
export function insist(say: () => void): () => void {
  say();
  const timers = AGAIN_MS.map((wait) => setTimeout(say, wait));
  return () => timers.forEach(clearTimeout);
}
