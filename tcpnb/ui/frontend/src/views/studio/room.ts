/** How high the Studio's parts are where nobody has chosen: all of it is to be seen at once, on a projector too. */

import { useEffect, useState } from "preact/hooks";

export interface Heights {
  main: number;
  bottom: number;
}

const BEST: Heights = { main: 480, bottom: 300 };
const LEAST: Heights = { main: 300, bottom: 240 };
/** The page's own bars above and below the notebook, and the Studio's top bar and tabs. */
const BARS = 128 + 84;

/** The heights in a window of a height: the best ones, or both smaller, down to what is of use. */
export function heightsIn(inner: number): Heights {
  const room = Math.min(inner - BARS, BEST.main + BEST.bottom);
  const bottom = Math.max(LEAST.bottom, Math.floor((BEST.bottom * room) / (BEST.main + BEST.bottom)));
  return { main: Math.max(LEAST.main, room - bottom), bottom };
}

export function useHeights(): Heights {
  const [heights, setHeights] = useState(() => heightsIn(window.innerHeight));
  useEffect(() => {
    const onResize = (): void => setHeights(heightsIn(window.innerHeight));
    window.addEventListener("resize", onResize);
    return () => window.removeEventListener("resize", onResize);
  }, []);
  return heights;
}
