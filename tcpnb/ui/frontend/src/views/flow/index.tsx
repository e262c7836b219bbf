/** The flow designer: the steps of a handler, the palette, the inspector, and the handler as text beside it. */

import "./flow.css";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { Loading, ViewFrame } from "../../app/frame.tsx";
import { useAround, useMemory, usePane } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { rove } from "../../app/keys.ts";
import { Badge, Button, Message, Segmented } from "../../app/parts.tsx";
import { View } from "../../app/view.tsx";
import type { Choice } from "./choices.ts";
import { blockOf, labelOf, newStep, placeOf, wordsOfPlace } from "./drafts.ts";
import { useEdits } from "./edits.ts";
import type { Assist } from "./expression.tsx";
import { type BlockDraft, StepForm } from "./form.tsx";
import { HeadForm } from "./head.tsx";
import { endsList, type Fields, inLoop, keyOf, type NameState, type Path, pathAtLine, pathOf, reuse, stepAt, type StepState } from "./model.ts";
import { canDrop, type Direction, moveTo } from "./moves.ts";
import { StepPalette } from "./palette.tsx";
import { Crumbs, DraftBox, InScope, Missing } from "./pieces.tsx";
import type { FlowState, Names } from "./state.ts";
import { Flow, type FlowActions, StepList } from "./steps.tsx";
import { HandlerText } from "./text.tsx";

interface Draft {
  path: Path;
  step: StepState;
}

type Mode = "flow" | "both" | "text";
type Refusal = { field: string; text: string } | undefined;

const MODES = [
  ["flow", "Flow"],
  ["both", "Flow and text"],
  ["text", "Text"],
] as const;

export function FlowDesigner({ args }: { args: { handler?: string } }) {
  const pane = usePane<FlowState>("flow", args);
  if (!pane.state) return <Loading pane={pane} />;
  if (!pane.state.exists) return <Missing state={pane.state} />;
  return <Designer pane={pane} state={pane.state} />;
}

function Designer({ pane, state }: { pane: Pane<FlowState>; state: FlowState }) {
  const { go, width } = useAround();
  const edit = useEdits(pane);
  const previous = useRef<StepState[]>([]);
  const steps = useMemo(() => (previous.current = reuse(previous.current, state.steps)), [state.steps]);
  const [selected, setSelected] = useState<{ id: string; path: Path }>({ id: steps[0]?.id ?? "", path: [0] });
  const [open, setOpen] = useState<"step" | "head" | "">("");
  const [gap, setGap] = useState<Path>();
  const [draft, setDraft] = useState<Draft>();
  /** True while the person looks at another step; what was typed for the new one is kept. */
  const [aside, setAside] = useState(false);
  const draftNow = useRef<Draft | undefined>(undefined);
  const [names, setNames] = useState<Names>();
  const [refused, setRefused] = useState<Refusal>();
  const [busy, setBusy] = useState(false);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setMode] = useMemory<Mode | "">("flow-mode", "");
  const [roomy, setRoomy] = useState(true);
  const mode = chosen || (roomy ? "both" : "flow");
  const [said, setSaid] = useState("");
  const dragged = useRef<Path | undefined>(undefined);
  const root = useRef<HTMLDivElement>(null);
  const wanted = useRef<Path | undefined>(undefined);
  const hadFocus = useRef(false);
  /** Counts what the person chose: an answer that comes later than the next choice moves nothing. */
  const intent = useRef(0);

  const path = placeOf(steps, selected);
  const step = path ? stepAt(steps, path) : undefined;
  if (path && step && (step.id !== selected.id || keyOf(path) !== keyOf(selected.path))) {
    selected.id = step.id;
    selected.path = path;
  }

  // The text stands beside the flow where there is room for both, unless the person chose otherwise.
  useLayoutEffect(() => {
    const height = root.current?.closest<HTMLElement>(".centre")?.clientHeight;
    if (height) setRoomy(height >= ROOM_FOR_BOTH);
  }, []);
  // Focus follows what the person did, and survives every refresh.
  useLayoutEffect(() => {
    const key = wanted.current ? keyOf(wanted.current) : hadFocus.current && lost() ? keyOf(path ?? []) : undefined;
    if (key === undefined) return;
    const face = root.current?.querySelector<HTMLElement>(`[data-path="${key}"]`);
    if (!face) return;
    wanted.current = undefined;
    face.focus({ preventScroll: true });
    face.scrollIntoView({ block: "nearest" });
  });
  const shownDraft = aside ? undefined : draft;
  const place = shownDraft?.path ?? gap ?? (open === "step" ? path : undefined);
  const placeKey = place ? keyOf(place) : "";
  useEffect(() => {
    if (!place) return;
    let current = true;
    pane.wish<Names>("scope", { path: place }).then(
      (found) => current && setNames(found),
      (error) => pane.fail(error),
    );
    return () => {
      current = false;
    };
  }, [placeKey, state.version]);

  const fail = (error: unknown): void => {
    const problem = problemOf(error);
    if (problem.field) setRefused({ field: problem.field, text: problem.text });
    else pane.fail(error);
  };
  /** Make an edit; afterwards the step at the path that Python names is selected and has the focus. */
  const make = (name: string, args: Record<string, unknown>, words: string, focus = true): Promise<boolean> => {
    setRefused(undefined);
    pane.problem = undefined;
    setBusy(true);
    const asked = ++intent.current;
    return edit<{ path?: number[] }>(name, args)
      .then((result) => {
        setSaid(words);
        if (asked !== intent.current) return false;
        if (result.path) setSelected({ id: "", path: result.path });
        if (result.path && focus) wanted.current = result.path;
        return true;
      })
      .catch((error: unknown) => {
        fail(error);
        return false;
      })
      .finally(() => setBusy(false));
  };
  const closePalette = (): void => {
    setGap(undefined);
    wanted.current = path;
  };
  const setDraftStep = (next: Draft | undefined): void => {
    if (!next) setAside(false);
    draftNow.current = next;
    setDraft(next);
  };
  const choose = (choice: Choice, at: Path): void => {
    setGap(undefined);
    const spec = state.palette.kinds[choice.kind];
    if (!spec) return;
    const fresh = newStep(choice, state.palette);
    if (spec.fields.length === 0 && spec.blocks.every((each) => each.fields.length === 0)) {
      void make("add_step", { path: at, step: { kind: choice.kind, fields: {} } }, `${spec.label} added`);
      return;
    }
    setRefused(undefined);
    setAside(false);
    setDraftStep({ path: at, step: fresh });
  };
  const addDraft = (): void => {
    const now = draftNow.current;
    if (!now) return;
    const { kind, fields, blocks } = now.step;
    const described = { kind, fields, ...(blocks ? { blocks: blocks.map((each) => ({ role: each.role, fields: each.fields, steps: [] })) } : {}) };
    setBusy(true);
    setRefused(undefined);
    const asked = ++intent.current;
    edit<{ path: number[] }>("add_step", { path: now.path, step: described })
      .then((result) => {
        setSaid(`${state.palette.kinds[kind]?.label} added`);
        if (draftNow.current === now) setDraftStep(undefined);
        if (asked !== intent.current) return;
        setSelected({ id: "", path: result.path });
        wanted.current = result.path;
      }, fail)
      .finally(() => setBusy(false));
  };
  const cancelDraft = (): void => {
    setDraftStep(undefined);
    setRefused(undefined);
    wanted.current = path;
  };

  const actions = useRef<FlowActions | undefined>(undefined);
  actions.current = {
    palette: state.palette,
    select: (at, show) => {
      intent.current += 1;
      setAside(true);
      setRefused(undefined);
      setSelected({ id: stepAt(steps, at)?.id ?? "", path: at });
      if (show) setOpen("step");
    },
    add: (at) => {
      intent.current += 1;
      setDraftStep(undefined);
      setNames(undefined);
      setGap(at);
    },
    remove: (at) => {
      const label = labelOf(state.palette, stepAt(steps, at));
      const list = at.slice(0, -1);
      const index = at.at(-1) as number;
      const next = stepAt(steps, [...list, index + 1]) ? at : index > 0 ? [...list, index - 1] : list.length ? list.slice(0, -1) : [0];
      void make("delete_step", { path: at }, `${label} deleted`).then((went) => {
        if (!went) return;
        setSelected({ id: "", path: next });
        wanted.current = next;
      });
    },
    duplicate: (at) => void make("duplicate_step", { path: at }, `${labelOf(state.palette, stepAt(steps, at))} duplicated`),
    move: (at, direction) => {
      const to = moveTo(steps, at, direction);
      if (to) void make("move_step", { path: at, to }, `${labelOf(state.palette, stepAt(steps, at))} moved ${WORDS[direction]}`);
    },
    showText: (at) => go.open("source", { line: at.line }),
    showLog: () => go.tab("log"),
    toggle: (id) => {
      const next = new Set(folded);
      if (!next.delete(id)) next.add(id);
      setFolded(next);
    },
    dragged: (at) => {
      dragged.current = at;
      root.current?.classList.toggle("dragging", at !== undefined);
    },
    allows: (to) => dragged.current !== undefined && canDrop(dragged.current, to),
    drop: (to) => {
      const from = dragged.current;
      dragged.current = undefined;
      root.current?.classList.remove("dragging");
      if (from && canDrop(from, to)) void make("move_step", { path: from, to }, "Step moved");
    },
  };
  // One object for the whole life, so that a step is drawn anew only when it changed itself.
  const steady = useMemo(() => steadyActions(actions), [state.palette]);

  const keys = (event: KeyboardEvent): void => {
    if ((event.target as HTMLElement).closest(".pal,[role=menu]")) return;
    const done = (): void => {
      event.preventDefault();
      event.stopPropagation();
    };
    const back = (event.ctrlKey || event.metaKey) && ({ z: "undo", Z: "redo", y: "redo" } as Record<string, string>)[event.key];
    if (back) {
      done();
      pane.do(back);
    }
    if (!path || !step) return;
    const act = actions.current as FlowActions;
    if (event.altKey) {
      const direction = ({ ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in" } as Record<string, Direction>)[event.key];
      if (!direction) return;
      done();
      act.move(path, direction);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      if (!(event.target as HTMLElement).matches(".face")) return;
      done();
      act.remove(path);
    } else if (event.key === "+") {
      done();
      act.add(endsList(step) ? path : [...path.slice(0, -1), (path.at(-1) as number) + 1]);
    } else if (event.key === "d" && (event.ctrlKey || event.metaKey)) {
      done();
      act.duplicate(path);
    } else if (event.key === "Escape" && open) {
      done();
      setOpen("");
    } else if (event.key === "ArrowLeft" && step.blocks?.length && !folded.has(step.id)) {
      done();
      act.toggle(step.id);
    } else if (event.key === "ArrowLeft" && path.length > 2) {
      done();
      focusStep(path.slice(0, -2));
    } else if (event.key === "ArrowRight" && folded.has(step.id)) {
      done();
      act.toggle(step.id);
    } else if (root.current && rove(event, root.current)) {
      const at = (document.activeElement as HTMLElement).dataset["path"];
      if (at !== undefined) act.select(pathOf(at), false);
    }
  };
  const focusStep = (at: Path): void => {
    actions.current?.select(at, false);
    wanted.current = at;
  };

  const shownStep = shownDraft?.step ?? (open === "step" ? step : undefined);
  const spec = shownStep ? state.palette.kinds[shownStep.kind] : undefined;
  const asked = shownDraft?.path ?? path ?? [0];
  const assist = (text: string, cursor: number, editor: string): Promise<Assist> => pane.wish<Assist>("assist", { path: asked, text, cursor, editor });
  const changeFields = (fields: Fields): void => {
    const now = shownDraft && draftNow.current;
    if (now) setDraftStep({ ...now, step: { ...now.step, fields: { ...now.step.fields, ...fields } } });
    else if (path) void make("change_step", { path, fields }, "Step changed", false);
  };
  const changeBlocks = (blocks: BlockDraft[]): void => {
    const now = shownDraft && draftNow.current;
    if (now) setDraftStep({ ...now, step: { ...now.step, blocks: blocks.map((each) => blockOf(each, state.palette, now.step.kind)) } });
    else if (path) void make("change_step", { path, blocks }, "Branches changed", false);
  };
  const inspector =
    shownStep && spec ? (
      <>
        <StepForm
          key={shownDraft ? `new ${shownStep.kind}` : keyOf(path ?? [])}
          spec={spec}
          step={shownStep}
          isNew={shownDraft !== undefined}
          names={names}
          classes={state.classes}
          refused={refused}
          assist={assist}
          onFields={changeFields}
          onBlocks={changeBlocks}
          onComment={(comment) => path && void make("change_step", { path, comment }, "Comment changed", false)}
          onAdd={addDraft}
          onCancel={cancelDraft}
          onFix={(problem) => void make("fix", { code: problem.code, text: problem.text }, "Mended", false)}
          busy={busy}
        />
        <InScope names={names} />
      </>
    ) : open === "head" ? (
      <HeadForm state={state} refused={refused} onChange={(args) => void make("change_head", args, "Handler changed", false)} />
    ) : undefined;
  const palette = gap ? (
    <StepPalette
      palette={state.palette}
      inLoop={inLoop(steps, gap)}
      names={names ? [...names.local, ...names.file] : NONE}
      place={wordsOfPlace(steps, gap, state.palette)}
      onChoose={(choice) => choose(choice, gap)}
      onClose={closePalette}
      onAddConnection={() => go.open("connection", {})}
    />
  ) : draft ? (
    <DraftBox step={draft.step} palette={state.palette} onOpen={() => setAside(false)} />
  ) : null;
  return (
    <ViewFrame
      pane={pane}
      label={`Flow of ${state.handler}`}
      class="flowframe"
      inspector={inspector}
      inspectorTitle={shownDraft ? `New ${spec?.label}` : shownStep ? (spec?.label ?? "") : open === "head" ? state.name : ""}
      onCloseInspector={() => {
        if (shownDraft) cancelDraft();
        setOpen("");
        wanted.current = path;
      }}
    >
      <header class="vh">
        <div class="vht">
          <Crumbs state={state} />
          <h1 class="mono">{state.handler}</h1>
        </div>
        <span class="grow" />
        <Segmented label="What is shown" value={mode} options={MODES} onChange={setMode} />
        {mode === "text" ? null : (
          <Button
            icon="collapse"
            look="ghost"
            label={folded.size ? "Unfold all blocks" : "Fold all blocks"}
            onClick={() => setFolded(folded.size ? new Set() : new Set(steps.filter((each) => each.blocks?.length).map((each) => each.id)))}
          />
        )}
      </header>
      {state.current ? null : <Message tone="warn">The file is half-typed: this is the last flow that could be read. Finish the text in Source.</Message>}
      {mode === "text" ? (
        <div class="texthost">
          <View view="handler" args={{ handler: state.handler, bare: true }} />
        </div>
      ) : (
        <div
          class="flow"
          ref={root}
          role="group"
          aria-label="Steps; arrow keys move, Alt and arrow keys move the step, plus adds after it, Delete deletes it"
          onKeyDown={keys}
          onFocusIn={() => {
            hadFocus.current = true;
          }}
          onFocusOut={(event) => {
            if (event.relatedTarget && !root.current?.contains(event.relatedTarget as Node)) hadFocus.current = false;
          }}
        >
          <button type="button" class="startp inside" onClick={() => setOpen("head")} title="Parameters, return type, documentation">
            <Icon name="entry" small />
            {state.isAsync ? <Badge>async</Badge> : null}
            <b>{state.name}</b>
            <span class="cut">
              {state.parameters.join(", ")}
              {state.hint ? `${state.parameters.length ? ": " : ""}${state.hint}` : ""}
            </span>
          </button>
          <Flow.Provider
            value={{ actions: steady, selected: shownDraft || gap ? "" : path ? keyOf(path) : "", gap: keyOf(gap ?? draft?.path ?? [-1]), collapsed: folded, draft: palette }}
          >
            <StepList steps={steps} base={[]} top />
          </Flow.Provider>
        </div>
      )}
      {mode === "both" ? (
        <div class="txt">
          <div class="th">
            <b>{state.name} as text</b>
            <span class="cut">
              {state.file}, lines {state.firstLine}–{state.firstLine + state.lines.length - 1}
            </span>
            <span class="grow" />
            <Button look="link" size="small" icon="edit" onClick={() => setMode("text")}>
              Edit text
            </Button>
          </div>
          <HandlerText
            lines={state.lines}
            firstLine={state.firstLine}
            from={step && !shownDraft ? step.line : -1}
            to={step && !shownDraft ? (step.blocks?.length && width !== "slim" ? step.line : step.endLine) : -1}
            problems={state.problems}
            label={`${state.name} as text`}
            onLine={(line) => {
              const at = pathAtLine(steps, line);
              if (at) actions.current?.select(at, true);
            }}
          />
        </div>
      ) : null}
      <p class="only-read" role="status">
        {said}
      </p>
    </ViewFrame>
  );

  function lost(): boolean {
    const active = document.activeElement;
    return !active || active === document.body;
  }
}

const ROOM_FOR_BOTH = 560;
const NONE: NameState[] = [];
const WORDS: Record<Direction, string> = { up: "up", down: "down", in: "into the block", out: "out of the block" };

function steadyActions(newest: { current: FlowActions | undefined }): FlowActions {
  return new Proxy({} as FlowActions, {
    get: (_target, name: keyof FlowActions) =>
      name === "palette" ? newest.current?.palette : (...args: never[]) => (newest.current?.[name] as (...args: never[]) => unknown)(...args),
  });
}
