/** The Studio: top bar, project tree, a view in the centre, tabs below. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Pane } from "../app/circle.ts";
import { Loading, PaneProblem } from "../app/frame.tsx";
import { leaveGuard } from "../app/guard.ts";
import { Icon } from "../app/icons.tsx";
import { Around, type Navigator, type Surroundings, useAround, useMemory, usePane } from "../app/hooks.ts";
import type { Args } from "../app/messages.ts";
import { Button, Message, Splitter, cx } from "../app/parts.tsx";
import { View } from "../app/view.tsx";
import { Bottom, type BottomTab, TABS } from "./studio/bottom.tsx";
import { DeleteDialog } from "./studio/delete.tsx";
import { TopBar } from "./studio/topbar.tsx";
import { Tree } from "./studio/tree.tsx";
import { useHeights } from "./studio/room.ts";
import { isPlace, type Place, type StudioState, type TreeGroup, type TreeItem } from "./studio/types.ts";
import "./studio.css";

/** Where the centre is when nothing was chosen yet, or what was chosen is gone. */
function homeOf(state: StudioState): Place {
  return state.isEmpty || !state.service ? { view: "create", args: {} } : { view: "service", args: { service: state.service } };
}

/** True while what a place shows is still in the file. */
function isThere(place: Place, state: StudioState): boolean {
  const key = { service: "service", class: "name", connection: "name", configurable: "name", config: "listener" }[place.view];
  const name = key ? place.args[key] : undefined;
  if (place.view === "create") return true;
  if (state.isEmpty && ["service", "config", "flow", "handler", "class"].includes(place.view)) return false;
  if (typeof name !== "string") return true;
  return state.tree.some((group) => group.items.some((item) => item.name === name));
}

export function Studio() {
  const pane = usePane<StudioState>("studio");
  if (!pane.state) return <Loading pane={pane} />;
  return <Shell pane={pane} state={pane.state} />;
}

function Shell({ pane, state }: { pane: Pane<StudioState>; state: StudioState }) {
  const around = useAround();
  const { circle, width } = around;
  const [trail, setTrail] = useMemory<Place[]>("trail", []);
  const [tab, setTab] = useMemory<BottomTab>("tab", "log");
  const [tabArgs, setTabArgs] = useState<Partial<Record<BottomTab, Args>>>({});
  const [panelChosen, setPanel] = useMemory<"open" | "closed" | "max" | "">("panel", "");
  // Until there is something to log, to connect to or to test, the creation form has all the room.
  const hadService = useRef(false);
  hadService.current ||= !state.isEmpty;
  const panel = panelChosen || (hadService.current ? "open" : "closed");
  const panelNow = useRef(panel);
  panelNow.current = panel;
  const fitting = useHeights();
  const [mainChosen, setMainHeight] = useMemory<number>("main", 0);
  const [bottomChosen, setBottomHeight] = useMemory<number>("bottom", 0);
  const mainHeight = mainChosen || fitting.main;
  const bottomHeight = bottomChosen || fitting.bottom;
  const [treeWidth, setTreeWidth] = useMemory<number>("tree", 208);
  const [treeOpen, setTreeOpen] = useState(false);
  const [doomed, setDoomed] = useState<{ group: string; item: TreeItem }>();
  const guard = useMemo(leaveGuard, []);
  const newest = useRef(trail);
  newest.current = trail;

  const home = homeOf(state);
  const last = trail.at(-1);
  const place = last && isThere(last, state) && !(last.view === "create" && state.isEmpty) ? last : home;
  const centre = useRef<HTMLDivElement>(null);

  const go = useMemo<Navigator>(() => {
    const show = (change: (now: readonly Place[]) => Place[]): void => {
      void guard.mayLeave().then((may) => {
        if (!may) return;
        // Noted at once: another step may follow before the next paint.
        newest.current = change(newest.current).slice(-20);
        setTrail(newest.current);
        setPanelIfMax();
        centre.current?.scrollTo?.(0, 0);
      });
    };
    const setPanelIfMax = (): void => {
      if (panelNow.current === "max") setPanel("open");
    };
    return {
      inStudio: true,
      guard: guard.add,
      open(view, args = {}) {
        if (TABS.some((one) => one.key === view)) return this.tab(view, args);
        show((now) => [...now, { view, args }]);
      },
      back: () => show((now) => now.slice(0, -1)),
      replace: (view, args = {}) => show((now) => [...now.slice(0, -1), { view, args }]),
      tab(view, args) {
        setTab(view as BottomTab);
        if (args) setTabArgs((now) => ({ ...now, [view]: args }));
        if (panelNow.current === "closed") setPanel("open");
      },
    };
  }, []);
  useEffect(() => {
    circle.onShow = (view, args) => go.open(view, args);
  }, [go]);
  const inside = useMemo<Surroundings>(() => ({ ...around, go }), [around, go]);

  const pick = (item: { view: string; args: Args }): void => {
    setTreeOpen(false);
    go.open(item.view, item.args);
  };
  const add = (group: string): void => {
    setTreeOpen(false);
    if (group === "Entry Points") return go.open("create");
    if (group === "Listeners") return go.open("config", { service: state.service, attach: true });
    if (group === "Connections") return go.open("connection");
    if (group === "Configurations") return go.open("configurable");
    pane.wish<Place>("add", { group }).then(
      (made) => go.open(made.view, made.args),
      (error: unknown) => pane.fail(error),
    );
  };
  const folded = width !== "wide";
  const tree = (
    <Tree
      groups={state.tree}
      place={place}
      onPick={pick}
      onAdd={add}
      onDelete={(group, item) => setDoomed({ group, item })}
      onSource={(item) =>
        pane.wish<number>("line_of", { name: item.path ?? item.name }).then(
          (line) => go.tab("source", { line }),
          (error: unknown) => pane.fail(error),
        )
      }
      onArtifact={() => pick({ view: "artifacts", args: {} })}
      isCreating={place.view === "create" || place.view === "artifacts"}
      onClose={folded ? () => setTreeOpen(false) : undefined}
    />
  );

  return (
    <Around.Provider value={inside}>
      <div
        class={cx("studio", width)}
        onKeyDown={(event) => {
          if (!(event.ctrlKey || event.metaKey) || event.altKey || isTyping(event.target)) return;
          const wish = event.key === "z" && !event.shiftKey ? "undo" : event.key === "y" || (event.key === "Z" && event.shiftKey) ? "redo" : "";
          if (!wish) return;
          event.preventDefault();
          pane.do(wish);
        }}
      >
        <TopBar pane={pane} state={state} tab={panel === "closed" ? undefined : tab} />
        <Notices pane={pane} state={state} />
        {panel === "max" ? null : (
          <div class="main" style={{ height: panel === "closed" ? mainHeight + bottomHeight : mainHeight }}>
            {folded ? <Rail groups={state.tree} open={treeOpen} onToggle={() => setTreeOpen(!treeOpen)} onPick={pick} place={place} /> : null}
            {!folded || treeOpen ? (
              <div class={folded ? "treeover" : "treebox"} style={{ width: folded ? 232 : treeWidth }}>
                {tree}
              </div>
            ) : null}
            {folded ? null : <Splitter label="Width of the project tree" axis="x" value={treeWidth} min={160} max={400} onChange={setTreeWidth} />}
            <div class="centre" ref={centre}>
              <View view={place.view} args={place.args} />
            </div>
          </div>
        )}
        {panel === "open" ? <Splitter label="Height of the view" axis="y" value={mainHeight} min={240} max={1200} onChange={setMainHeight} /> : null}
        <Bottom
          state={state}
          tab={tab}
          args={tabArgs}
          panel={panel}
          height={panel === "max" ? mainHeight + bottomHeight : bottomHeight}
          onTab={(key) => go.tab(key)}
          onPanel={setPanel}
        />
        {panel === "closed" ? null : (
          <Splitter label="Height of the panel" axis="y" value={bottomHeight} min={140} max={1200} onChange={setBottomHeight} />
        )}
        {doomed ? <DeleteDialog pane={pane} group={doomed.group} name={doomed.item.path ?? doomed.item.name} onClose={() => setDoomed(undefined)} /> : null}
      </div>
    </Around.Provider>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

/** What the whole Studio has to say: each once, with a way on. */
function Notices({ pane, state }: { pane: Pane<StudioState>; state: StudioState }) {
  const { go } = useAround();
  return (
    <>
      {pane.problem && pane.problem.text !== state.offer?.error ? <PaneProblem pane={pane} /> : null}
      {state.offer ? <PortOffer pane={pane} offer={state.offer} /> : null}
      {state.problem ? (
        <div class="notice">
          <Message tone="warn">{state.problem}</Message>
        </div>
      ) : null}
      {state.swapError ? (
        <div class="notice">
          <Message tone="err" action={<button type="button" class="linky" onClick={() => go.tab("source")}>Open Source</button>}>
            What runs is older than the text: {state.swapError}
          </Message>
        </div>
      ) : null}
    </>
  );
}

/** Why a listener did not start, and the port with which it would. */
function PortOffer({ pane, offer }: { pane: Pane<StudioState>; offer: NonNullable<StudioState["offer"]> }) {
  const use = (): void => {
    pane
      .wish("edit", { edit: "ChangeListener", name: offer.listener, port: String(offer.port) })
      .then(() => pane.wish("start"))
      .catch((error: unknown) => pane.fail(error));
  };
  return (
    <div class="notice">
      <Message tone="err" action={<Button onClick={use}>Use free port {offer.port}</Button>}>
        {offer.listener} is not started: {offer.error.split(";")[0]}.
      </Message>
    </div>
  );
}

/** The tree folded to a rail: its first things as icons, the whole tree one click away. */
function Rail(props: { groups: TreeGroup[]; open: boolean; onToggle: () => void; onPick: (item: TreeItem) => void; place: Place }) {
  const overview: TreeItem = { name: "Overview", icon: "fork", view: "overview", args: {}, errors: 0 };
  const items = [overview, ...props.groups.flatMap((group) => group.items)].slice(0, 10);
  return (
    <nav class="rail" aria-label="Project">
      <Button icon="panel" label="Project tree" look="ghost" on={props.open} aria-expanded={props.open} onClick={props.onToggle} />
      {items.map((item) => (
        <button
          type="button"
          key={`${item.view}${item.name}`}
          class={cx("btn", "ghost", "sq", isPlace(item, props.place) && "on")}
          aria-label={item.name}
          title={item.name}
          onClick={() => props.onPick(item)}
        >
          <Icon name={item.icon} />
        </button>
      ))}
    </nav>
  );
}
