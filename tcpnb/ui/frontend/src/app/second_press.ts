/**
 * The second press of a double click whose first one has already led to another view.
 *
 * A click acts at once, so what comes up under the pointer would be pressed by the second press of a double click: a
 * delete button, say. That press is kept from the page and means the double click instead.
 */

/** The middle of what systems have from one press to the next; a person who reads what came up first takes longer. */
const WITHIN_MS = 400;
/** How far a hand moves between the two. */
const WITHIN_PX = 6;
/** What follows the release of a press: the page has all of it at once. */
const ECHO_MS = 60;

const HEARD = ["pointerdown", "mousedown", "pointerup", "mouseup", "click", "dblclick"] as const;

/** Before everything else on the page. */
const FIRST = { capture: true } as const;

interface Point {
  clientX: number;
  clientY: number;
}

let endLast = (): void => undefined;

/** Wait for a second press beside `first`; `act` is called once at its release. Returns how to end the waiting. */
export function onSecondPress(first: Point, act: () => void, page: EventTarget = window): () => void {
  endLast();
  const { clientX, clientY } = first;
  let isDown = false;
  let isDone = false;
  let timer = setTimeout(end, WITHIN_MS);
  function end(): void {
    clearTimeout(timer);
    for (const kind of HEARD) page.removeEventListener(kind, hear, FIRST);
    page.removeEventListener("pointercancel", end, FIRST);
  }
  function hear(event: Event): void {
    if (event.type === "pointerdown") {
      const press = event as PointerEvent;
      const near = Math.abs(press.clientX - clientX) <= WITHIN_PX && Math.abs(press.clientY - clientY) <= WITHIN_PX;
      if (!near || press.button !== 0 || isDown) return end();
      clearTimeout(timer);
      isDown = true;
    } else if (!isDown && !isDone) return;
    event.stopImmediatePropagation();
    // Not of the press of a pointer: without it the page would hear no more of the mouse, and still move the focus.
    if (event.type !== "pointerdown") event.preventDefault();
    if (event.type !== "pointerup") return;
    isDown = false;
    const isFirst = !isDone;
    isDone = true;
    // A third press means no more than the second.
    timer = setTimeout(end, isFirst ? WITHIN_MS : ECHO_MS);
    if (isFirst) act();
  }
  for (const kind of HEARD) page.addEventListener(kind, hear, FIRST);
  page.addEventListener("pointercancel", end, FIRST);
  endLast = end;
  return end;
}
