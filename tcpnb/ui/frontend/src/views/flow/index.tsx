/** The flow designer: the steps of a handler, the palette, the inspector, and the handler as text beside it. */

import "./flow.css";
import "./form.css";
import "./helper.css";
import "./palette.css";
import "./text.css";
import { useLayoutEffect, useState } from "preact/hooks";
import type { Pane } from "../../app/circle.ts";
import { Loading, ViewFrame } from "../../app/frame.tsx";
import { useAround, useMemory, usePane } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { Badge, Button, Menu, type MenuItem, Message, Segmented } from "../../app/parts.tsx";
import { View } from "../../app/view.tsx";
import { DeleteDialog } from "../delete_dialog.tsx";
import { flowKey } from "./actions.ts";
import { wordsOfPlace } from "./drafts.ts";
import { inspectorOf } from "./inspector.tsx";
import { inLoop, keyOf, type NameState, pathAtLine } from "./model.ts";
import { StepPalette } from "./palette.tsx";
import { Crumbs, DraftBox, Missing } from "./pieces.tsx";
import type { FlowState } from "./state.ts";
import { Actions, StepList } from "./steps.tsx";
import { TextBeside } from "./text.tsx";
import { type FlowDesk, useFlow } from "./use_flow.ts";
import { type FlowZoom, sheetStyle, useZoom, ZoomBar } from "./zoom.tsx";

type Mode = "flow" | "both" | "text";

const MODES = [
  ["flow", "Flow"],
  ["both", "Flow and text"],
  ["text", "Text"],
] as const;
const ROOM_FOR_BOTH = 560;
const NONE: NameState[] = [];
const KEYS = "Steps; arrow keys move, Alt and arrow keys move the step, plus adds after it, Delete deletes it, Shift+F10 opens its menu; minus and equals zoom, 0 is 100 %, w fits the width";

export function FlowDesigner({ args }: { args: { handler?: string } }) {
  const pane = usePane<FlowState>("flow", args);
  if (!pane.state) return <Loading pane={pane} />;
  if (!pane.state.exists) return <Missing state={pane.state} />;
  return <Designer pane={pane} state={pane.state} />;
}

function Designer({ pane, state }: { pane: Pane<FlowState>; state: FlowState }) {
  const { width } = useAround();
  const flow = useFlow(pane, state);
  const { mode, setMode } = useMode(flow);
  const zoom = useZoom(flow.root);
  const { step, steps, shownDraft } = flow;
  const inspector = inspectorOf(pane, state, flow);
  const marked = step && !shownDraft ? step : undefined;
  return (
    <ViewFrame
      pane={pane}
      label={`Flow of ${state.handler}`}
      class="flowframe"
      inspector={inspector?.body}
      inspectorTitle={inspector?.title ?? ""}
      onCloseInspector={flow.closeInspector}
    >
      <header class="vh">
        <div class="vht">
          <Crumbs state={state} />
          <h1 class="mono">{state.handler}</h1>
        </div>
        <div class="flowtools">
          <Segmented label="What is shown" value={mode} options={MODES} onChange={setMode} />
          {mode === "text" ? null : (
            <>
              <ZoomBar flow={zoom} />
              <Button icon="collapse" look="ghost" label={flow.folded.size ? "Unfold all blocks" : "Fold all blocks"} onClick={flow.foldAll} />
            </>
          )}
          <FlowMenu pane={pane} state={state} flow={flow} />
        </div>
      </header>
      {state.current ? null : <Message tone="warn">The file is half-typed: this is the last flow that could be read. Finish the text in Source.</Message>}
      {mode === "text" ? (
        <div class="texthost">
          <View view="handler" args={{ handler: state.handler, bare: true }} />
        </div>
      ) : (
        <Steps pane={pane} state={state} flow={flow} zoom={zoom} />
      )}
      {mode === "both" ? (
        <TextBeside
          state={state}
          from={marked?.line ?? -1}
          to={marked ? (marked.blocks?.length && width !== "slim" ? marked.line : marked.endLine) : -1}
          onEdit={() => setMode("text")}
          onLine={(line) => {
            const at = pathAtLine(steps, line);
            if (at) flow.actions.select(at, true);
          }}
        />
      ) : null}
      <p class="only-read" role="status">
        {flow.said}
      </p>
    </ViewFrame>
  );
}

/** What can be done to the handler as a whole; the kit's own handlers are deleted in their class. */
function FlowMenu({ pane, state, flow }: { pane: Pane<FlowState>; state: FlowState; flow: FlowDesk }) {
  const { go } = useAround();
  const [doomed, setDoomed] = useState(false);
  const items: MenuItem[] = [
    { label: "Edit", icon: "edit", onSelect: () => flow.setOpen("head") },
    { label: "Source", icon: "code", onSelect: () => go.open("source", { line: state.firstLine }) },
  ];
  if (!state.fixedHead) items.push({ label: "Delete...", icon: "trash", danger: true, onSelect: () => setDoomed(true) });
  return (
    <>
      <Menu label="Handler actions" items={items} />
      {doomed ? (
        <DeleteDialog
          name={state.name}
          what={state.owner ? "method" : "function"}
          look={() => pane.wish("usages")}
          onClose={() => setDoomed(false)}
          onDelete={() => {
            setDoomed(false);
            flow.remove();
          }}
        />
      ) : null}
    </>
  );
}

/** The text stands beside the flow where there is room for both, unless the person chose otherwise. */
function useMode(flow: FlowDesk) {
  const [chosen, setMode] = useMemory<Mode | "">("flow-mode", "");
  const [roomy, setRoomy] = useState(true);
  useLayoutEffect(() => {
    const height = flow.root.current?.closest<HTMLElement>(".centre")?.clientHeight;
    if (height) setRoomy(height >= ROOM_FOR_BOTH);
  }, []);
  return { mode: chosen || (roomy ? "both" : "flow"), setMode };
}

function Steps({ pane, state, flow, zoom }: { pane: Pane<FlowState>; state: FlowState; flow: FlowDesk; zoom: FlowZoom }) {
  const { go } = useAround();
  const { steps, path, step, gap, draft, names, folded, actions } = flow;
  const inGap = gap ? (
    <StepPalette
      palette={state.palette}
      inLoop={inLoop(steps, gap)}
      names={names ? [...names.local, ...names.own, ...names.file] : NONE}
      place={wordsOfPlace(steps, gap, state.palette)}
      onChoose={(choice) => flow.choose(choice, gap)}
      onClose={flow.closePalette}
      onAddConnection={() => go.open("connection", {})}
    />
  ) : draft ? (
    <DraftBox step={draft.step} palette={state.palette} onOpen={flow.lookAtDraft} />
  ) : null;
  const open = gap ?? draft?.path;
  return (
    <div
      class="flow"
      ref={flow.root}
      role="group"
      aria-label={KEYS}
      onKeyDown={(event) =>
        flowKey(event, {
          actions,
          root: flow.root,
          path,
          step,
          folded,
          focusStep: flow.focusStep,
          openMenu: flow.openMenu,
          zoom: zoom.wish,
          close: () => {
            if (!flow.open) return false;
            flow.setOpen("");
            return true;
          },
          back: (wish) => pane.do(wish),
        })
      }
      onFocusIn={flow.onFocusIn}
      onFocusOut={flow.onFocusOut}
      onWheel={zoom.onWheel}
    >
      <div class="zoomed" style={sheetStyle(zoom.zoom)}>
        <button type="button" class="startp inside" onClick={() => flow.setOpen("head")} title="Parameters, return type, documentation">
          <Icon name="entry" small />
          {state.isAsync ? <Badge>async</Badge> : null}
          <b>{state.name}</b>
          <span class="cut">
            {state.parameters.join(", ")}
            {state.hint ? `${state.parameters.length ? ": " : ""}${state.hint}` : ""}
          </span>
        </button>
        <Actions.Provider value={actions}>
          <StepList
            steps={steps}
            base={[]}
            top
            selected={flow.shownDraft || gap || !path ? "" : keyOf(path)}
            gap={open ? keyOf(open) : ""}
            draft={inGap}
            folded={folded}
          />
        </Actions.Provider>
      </div>
    </div>
  );
}
