/** The app: mounts one widget's view into its output, keeps the circle, and says when the kernel is gone. */

import "./app.css";
import { render } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { RESTARTED, UNANSWERED } from "../words.ts";
import { Circle, type Wire } from "./circle.ts";
import { Around, type Navigator, type Surroundings, useRefresh } from "./hooks.ts";
import { leaveGuard } from "./guard.ts";
import { View } from "./view.tsx";
import { keepFocus } from "./focus.ts";
import { guardFocusables, letNotebookKeysThrough } from "./keys.ts";
import type { Args, Json, ToPage } from "./messages.ts";
import { Button, Message } from "./parts.tsx";

guardFocusables();
letNotebookKeysThrough();

interface Model {
  get(name: string): unknown;
  send(content: unknown): void;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
}

function wireOf(model: Model): Wire {
  return {
    send: (message) => {
      try {
        model.send(message);
      } catch (error) {
        // The comm of a kernel that is gone: whoever watches the kernel has told the person, or will at once.
        console.debug("tcpnb: not sent", error);
      }
    },
    listen: (listener) => {
      const hear = (message: ToPage, buffers: DataView[] = []): void => listener(message, buffers);
      model.on("msg:custom", hear);
      return () => model.off("msg:custom", hear);
    },
  };
}

const GONE = "The kernel is gone. Start one and run the cell again to go on; the file is unchanged.";
const CUT = "The connection to the kernel is lost; waiting for it. What stands here may be old.";

function useWidth(root: { current: HTMLElement | null }): Surroundings["width"] {
  const [width, setWidth] = useState<Surroundings["width"]>("wide");
  useEffect(() => {
    const element = root.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      const pixels = entry?.contentRect.width ?? 1000;
      setWidth(pixels < 640 ? "slim" : pixels < 1000 ? "narrow" : "wide");
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}

interface Place {
  view: string;
  args: Args;
}

/** What took the place of the view that the widget began with; it outlives a reload of the page. */
const HOME = "home";

function App({ circle, load, root }: { circle: Circle; load: Surroundings["load"]; root: { current: HTMLElement | null } }) {
  const refresh = useRefresh();
  const trail = useRef<Place[]>([]);
  const width = useWidth(root);
  useLayoutEffect(() => circle.subscribe(refresh), [circle]);
  const go = useMemo<Navigator>(() => {
    const guard = leaveGuard();
    const move = (change: (now: readonly Place[]) => Place[]): void => {
      void guard.mayLeave().then((may) => {
        if (!may) return;
        trail.current = change(trail.current);
        refresh();
      });
    };
    const open = (view: string, args: Args = {}): void => move((now) => [...now, { view, args }]);
    const back = (): void => move((now) => now.slice(0, -1));
    const replace = (view: string, args: Args = {}): void =>
      move((now) => {
        if (now.length === 0) circle.remember(HOME, { view, args } as unknown as Json);
        return now.length === 0 ? [] : [...now.slice(0, -1), { view, args }];
      });
    return { open, tab: open, back, replace, inStudio: false, guard: guard.add };
  }, []);
  const around = useMemo<Surroundings>(() => ({ circle, load, go, width }), [circle, load, go, width]);
  useEffect(() => {
    circle.onShow = (view, args) => go.open(view, args);
  }, [circle, go]);
  const home = circle.memory[HOME] as unknown as Place | undefined;
  const here = trail.current.at(-1) ?? home ?? circle.root;
  return (
    <Around.Provider value={around}>
      {circle.ended ? (
        <div class="ended">
          <Message tone="warn">{circle.ended}</Message>
        </div>
      ) : null}
      {circle.away && !circle.ended ? (
        <div class="ended">
          <Message tone="busy">{circle.away}</Message>
        </div>
      ) : null}
      {circle.unheard && !circle.away && !circle.ended ? (
        <div class="ended">
          <Message tone="busy">{UNANSWERED}</Message>
        </div>
      ) : null}
      {circle.slow && !circle.unheard && !circle.ended ? (
        <div class="slow" role="status">
          <span class="ring" aria-hidden="true" />
          The kernel is busy in another cell; this waits for it. The service goes on.
        </div>
      ) : null}
      {trail.current.length > 0 ? (
        <div class="backbar">
          <Button icon="cl" look="ghost" onClick={() => go.back()}>
            Back
          </Button>
        </div>
      ) : null}
      {here ? <View view={here.view} args={here.args} /> : null}
    </Around.Provider>
  );
}

interface Signal {
  connect(slot: (sender: unknown, value: string) => void): void;
  disconnect(slot: (sender: unknown, value: string) => void): void;
}

/** Tell the circle when the widget's half in Python is gone (restarted, crashed or shut down) or out of reach. */
function watchKernel(model: Model, circle: Circle): () => void {
  // The comm dies with its kernel; it dies with the widget too, and who closed that has said so.
  const lost = (): void => circle.end(RESTARTED);
  model.on("comm:close", lost);
  model.on("comm_live_update", lost);
  const kernel = (model as { widget_manager?: { kernel?: { statusChanged?: Signal; connectionStatusChanged?: Signal } } }).widget_manager?.kernel;
  const status = (_: unknown, value: string): void => {
    if (["restarting", "autorestarting"].includes(value)) lost();
    else if (["dead", "terminating"].includes(value)) circle.end(GONE);
  };
  const connection = (_: unknown, value: string): void => (value === "connected" ? circle.comeBack(UNANSWERED) : circle.leave(CUT));
  kernel?.statusChanged?.connect?.(status);
  kernel?.connectionStatusChanged?.connect?.(connection);
  return () => {
    model.off("comm:close", lost);
    model.off("comm_live_update", lost);
    kernel?.statusChanged?.disconnect?.(status);
    kernel?.connectionStatusChanged?.disconnect?.(connection);
  };
}

/** Enter in a field submits its form: the notebook's own handlers keep the browser from doing so by itself. */
function submitByEnter(event: KeyboardEvent): void {
  const field = event.target;
  if (event.key !== "Enter" || event.defaultPrevented || event.isComposing || !(field instanceof HTMLInputElement)) return;
  if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || !field.form) return;
  event.preventDefault();
  field.form.requestSubmit();
}

/** Hide the static form that stands in a saved notebook in this view's place, for as long as the view lives. */
function hideStatic(mark: unknown): () => void {
  if (typeof mark !== "string" || !/^tcpnb-static-[0-9a-f]+$/.test(mark)) return () => undefined;
  const style = document.createElement("style");
  style.textContent = `.jp-OutputArea-child:has(.${mark}), .output_area:has(.${mark}), .${mark} { display: none !important; }`;
  document.head.append(style);
  return () => style.remove();
}

export function mount(el: HTMLElement, model: Model, load: (name: string) => Promise<unknown>): () => void {
  const root = document.createElement("div");
  root.className = "tcpnb";
  root.dataset["lmSuppressShortcuts"] = "true";
  el.classList.add("tcpnb-host");
  el.append(root);
  const circle = new Circle(wireOf(model));
  const holder = { current: root as HTMLElement | null };
  render(<App circle={circle} load={load} root={holder} />, root);
  const unwatch = watchKernel(model, circle);
  root.addEventListener("keydown", submitByEnter);
  const unwatchFocus = keepFocus(root);
  // Until the kernel has answered, the static form is all there is to see.
  let unhide = (): void => undefined;
  const unwatchWelcome = circle.subscribe(() => {
    if (!circle.root) return;
    unwatchWelcome();
    unhide = hideStatic(model.get("_static_mark"));
  });
  circle.hello();
  return () => {
    unwatchWelcome();
    unhide();
    unwatch();
    unwatchFocus();
    circle.dispose();
    render(null, root);
    root.remove();
  };
}

