/** The zoom of a flow: its buttons, the wheel, and what stays in its place meanwhile. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { useMemory } from "../../app/hooks.ts";
import { Button } from "../../app/parts.tsx";
import { fitWidth, inWords, sound, wheelSteps, type ZoomWish, zoomStep } from "./zoom.ts";

/** A step and where its top stood on the screen. */
interface Anchor {
  element: Element;
  top: number;
  /** What was under the pointer, and the part of the width that lay left of it. */
  x: number;
  left: number;
  zoom: number;
}

export type FlowZoom = ReturnType<typeof useZoom>;

/** The zoom of the flow in `root`, remembered with the layout. */
export function useZoom(root: { current: HTMLElement | null }) {
  const [kept, keep] = useMemory<number>("flow-zoom", 1);
  const zoom = sound(kept);
  const anchor = useRef<Anchor>(undefined);
  const gathered = useRef(0);
  const now = useRef(zoom);
  now.current = zoom;
  useLayoutEffect(() => {
    const was = anchor.current;
    const flow = root.current;
    anchor.current = undefined;
    if (!was || !flow || !was.element.isConnected) return;
    flow.scrollTop += was.element.getBoundingClientRect().top - was.top;
    flow.scrollLeft = (was.left + was.x) * (Math.max(1, zoom) / Math.max(1, was.zoom)) - was.x;
  }, [zoom]);
  const set = (next: number, x = 0, y = 0): void => {
    const flow = root.current;
    if (next === now.current || !flow) return;
    const element = anchorIn(flow, y);
    anchor.current = element && { element, top: element.getBoundingClientRect().top, x, left: flow.scrollLeft, zoom: now.current };
    now.current = next;
    keep(next);
  };
  const wish = (what: ZoomWish, x?: number, y?: number): void => {
    if (what === "whole") set(1, x, y);
    else if (what === "fit") set(root.current ? fitWidth(naturalWidth(root.current), roomIn(root.current)) : 1);
    else set(zoomStep(now.current, what), x, y);
  };
  const onWheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const next = wheelSteps(gathered.current, event.deltaY);
    gathered.current = next.gathered;
    const box = root.current?.getBoundingClientRect();
    if (next.wish && box) wish(next.wish, event.clientX - box.left, event.clientY);
  };
  return { zoom, wish, onWheel };
}

/** What keeps its place: the step under the pointer, else the selected one, else the first that is in sight. */
function anchorIn(flow: HTMLElement, y: number): Element | undefined {
  const box = flow.getBoundingClientRect();
  const isSeen = (one: Element): boolean => {
    const { top, bottom, height } = one.getBoundingClientRect();
    return height > 0 && bottom > box.top && top < box.bottom;
  };
  if (!y) {
    const selected = flow.querySelector(".step.sel");
    if (selected && isSeen(selected)) return selected;
  }
  const wanted = y || box.top;
  const steps = [...flow.querySelectorAll(".startp, .step")].filter(isSeen);
  return steps.find((one) => one.getBoundingClientRect().bottom > wanted) ?? steps.at(-1);
}

/** How wide the steps would be if none had to cut its text, as they are drawn at 100 %. */
function naturalWidth(flow: HTMLElement): number {
  const sheet = flow.querySelector<HTMLElement>(".zoomed");
  if (!sheet) return 0;
  const { zoom } = sheet.style;
  sheet.classList.add("measured");
  sheet.style.zoom = "1";
  const natural = sheet.getBoundingClientRect().width;
  sheet.classList.remove("measured");
  sheet.style.zoom = zoom;
  return Math.ceil(natural);
}

function roomIn(flow: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(flow);
  return flow.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
}

/** The sheet is as wide as the flow; larger than life, its words keep the room that they had, and the flow scrolls. */
export function sheetStyle(zoom: number) {
  return { zoom: String(zoom), maxWidth: `${zoom * 100}%`, "--zoom": String(zoom) };
}

export function ZoomBar({ flow }: { flow: Pick<FlowZoom, "zoom" | "wish"> }) {
  const words = inWords(flow.zoom);
  return (
    <div class="zoombar" role="group" aria-label="Zoom">
      <Button icon="minus" label="Zoom out" title="Zoom out (-)" look="ghost" onClick={() => flow.wish("out")} />
      <Button class="z" label={`${words}, show at 100 %`} title="Show at 100 % (0)" look="ghost" onClick={() => flow.wish("whole")}>
        {words}
      </Button>
      <Button icon="plus" label="Zoom in" title="Zoom in (=)" look="ghost" onClick={() => flow.wish("in")} />
      <Button icon="fit" label="Fit width" title="Fit width (w)" look="ghost" onClick={() => flow.wish("fit")} />
      <span class="only-read" role="status">
        Zoom {words}
      </span>
    </div>
  );
}
