/** The focus is never lost: when what has it is taken off the page, its neighbour gets it, and not the notebook. */

const REACHABLE = "button,input,textarea,select,a[href],[tabindex],[contenteditable=true]";

const isInSight = (one: Element): boolean => one.getClientRects().length > 0;
const isReachable = (one: Element): one is HTMLElement => (one as HTMLElement).tabIndex >= 0 && one.matches(REACHABLE) && isInSight(one);

/** The first thing in `place`, itself included, that the Tab key comes to. */
function reachableIn(place: Node | null | undefined): HTMLElement | undefined {
  if (!(place instanceof Element) || !place.isConnected) return undefined;
  return isReachable(place) ? place : [...place.querySelectorAll(REACHABLE)].find(isReachable);
}

/**
 * Watch over the focus inside `root`; returns how to end it.
 *
 * With a focus that falls to the page's body, `d d` would delete the cell that the view stands in.
 */
export function keepFocus(root: HTMLElement): () => void {
  // What has the focus and what that stands in, innermost first; empty when the focus went elsewhere by itself.
  let path: Element[] = [];
  const came = (event: FocusEvent): void => {
    path = [];
    for (let one = event.target as Element | null; one && one !== root.parentElement; one = one.parentElement) path.push(one);
  };
  const look = (records: readonly MutationRecord[]): void => {
    const had = path[0];
    const active = document.activeElement;
    if (active && active !== document.body) {
      if (!root.contains(active)) path = [];
      return;
    }
    if (!had) return;
    const way = path;
    path = [];
    if (had.isConnected && isInSight(had)) return;
    const gone = records.find((record) => [...record.removedNodes].some((node) => way.includes(node as Element)));
    const places = [gone?.nextSibling, gone?.previousSibling, ...way];
    for (const place of places) {
      const found = reachableIn(place);
      if (found) return found.focus({ preventScroll: true });
    }
  };
  // Of a removal the event tells no more than of a click beside everything: what it was is seen afterwards.
  const went = (): void => queueMicrotask(() => look(watcher.takeRecords()));
  const watcher = new MutationObserver(look);
  watcher.observe(root, { childList: true, subtree: true });
  root.addEventListener("focusin", came);
  root.addEventListener("focusout", went);
  return () => {
    watcher.disconnect();
    root.removeEventListener("focusin", came);
    root.removeEventListener("focusout", went);
  };
}
