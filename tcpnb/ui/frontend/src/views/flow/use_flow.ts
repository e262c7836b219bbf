/** One flow that is being edited: what is selected, what is not added yet, and all that can be done to its steps. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { useAround } from "../../app/hooks.ts";
import type { Json } from "../../app/messages.ts";
import { useDraft } from "../../app/typing.ts";
import type { FlowActions } from "./actions.ts";
import type { Choice } from "./choices.ts";
import { blockOf, labelOf, newStep, placeOf } from "./drafts.ts";
import { useEdits } from "./edits.ts";
import type { BlockDraft } from "./form.tsx";
import { type Fields, keyOf, listOf, type Path, reuse, stepAt, type StepState } from "./model.ts";
import { canDrop, type Direction, moveTo } from "./moves.ts";
import type { FlowState, Names } from "./state.ts";

export interface Draft {
  path: Path;
  step: StepState;
}

export type Refusal = { field: string; text: string } | undefined;

export type FlowDesk = ReturnType<typeof useFlow>;

const WORDS: Record<Direction, string> = { up: "up", down: "down", in: "into the block", out: "out of the block" };

export function useFlow(pane: Pane<FlowState>, state: FlowState) {
  const { go } = useAround();
  const edit = useEdits(pane);
  const previous = useRef<StepState[]>([]);
  const steps = useMemo(() => (previous.current = reuse(previous.current, state.steps)), [state.steps]);
  const [selected, setSelected] = useState<{ id: string; path: Path }>({ id: steps[0]?.id ?? "", path: [0] });
  const [open, setOpen] = useState<"step" | "head" | "">("");
  const [gap, setGap] = useState<Path>();
  const { draft, draftNow, setDraft } = useNewStep(state.handler, steps);
  /** True while the person looks at another step; what was typed for the new one is kept. */
  const [aside, setAside] = useState(draft !== undefined);
  const [names, setNames] = useState<Names>();
  const [refused, setRefused] = useState<Refusal>();
  const [busy, setBusy] = useState(false);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
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

  // Focus follows what the person did, and survives every refresh.
  useLayoutEffect(() => {
    const key = wanted.current ? keyOf(wanted.current) : hadFocus.current && isLost() ? keyOf(path ?? []) : undefined;
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
  const take = (next: Draft | undefined): void => {
    if (!next) setAside(false);
    setDraft(next);
  };
  const choose = (choice: Choice, at: Path): void => {
    setGap(undefined);
    const spec = state.palette.kinds[choice.kind];
    if (!spec) return;
    if (spec.fields.length === 0 && spec.blocks.every((each) => each.fields.length === 0)) {
      void make("add_step", { path: at, step: { kind: choice.kind, fields: {} } }, `${spec.label} added`);
      return;
    }
    setRefused(undefined);
    setAside(false);
    take({ path: at, step: newStep(choice, state.palette) });
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
        if (draftNow.current === now) take(undefined);
        if (asked !== intent.current) return;
        setSelected({ id: "", path: result.path });
        wanted.current = result.path;
      }, fail)
      .finally(() => setBusy(false));
  };
  const cancelDraft = (): void => {
    take(undefined);
    setRefused(undefined);
    wanted.current = path;
  };
  const changeFields = (fields: Fields): void => {
    const now = shownDraft && draftNow.current;
    if (now) take({ ...now, step: { ...now.step, fields: { ...now.step.fields, ...fields } } });
    else if (path) void make("change_step", { path, fields }, "Step changed", false);
  };
  const changeBlocks = (blocks: BlockDraft[]): void => {
    const now = shownDraft && draftNow.current;
    if (now) take({ ...now, step: { ...now.step, blocks: blocks.map((each) => blockOf(each, state.palette, now.step.kind)) } });
    else if (path) void make("change_step", { path, blocks }, "Branches changed", false);
  };

  const rename = (name: string): void => {
    setRefused(undefined);
    edit<{ handler: string }>("rename", { name }).then(
      // The Studio's place is known by the name; alone, the pane follows it by itself.
      (made) => (go.inStudio ? go.open("flow", { handler: made.handler }) : undefined),
      (error: unknown) => setRefused({ field: "name", text: problemOf(error).text }),
    );
  };
  const remove = (): void => {
    edit("delete").then(() => go.back(), (error: unknown) => pane.fail(error));
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
      take(undefined);
      setNames(undefined);
      setGap(at);
    },
    remove: (at) => {
      const label = labelOf(state.palette, stepAt(steps, at));
      const next = afterRemoval(steps, at);
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
  const foldAll = (): void => setFolded(folded.size ? new Set() : new Set(steps.filter((each) => each.blocks?.length).map((each) => each.id)));

  return {
    steps, path, step, open, setOpen, gap, draft, shownDraft, names, refused, busy, folded, foldAll, said, root, actions: steady, make,
    choose, addDraft, cancelDraft, changeFields, changeBlocks, rename, remove,
    lookAtDraft: () => setAside(false),
    closePalette: () => {
      setGap(undefined);
      wanted.current = path;
    },
    closeInspector: () => {
      if (shownDraft) cancelDraft();
      setOpen("");
      wanted.current = path;
    },
    focusStep: (at: Path) => {
      steady.select(at, false);
      wanted.current = at;
    },
    openMenu: () => root.current?.querySelector<HTMLElement>(`[data-step="${keyOf(path ?? [])}"] > .menu > button`)?.click(),
    onFocusIn: () => {
      hadFocus.current = true;
    },
    onFocusOut: (event: FocusEvent) => {
      if (event.relatedTarget && !root.current?.contains(event.relatedTarget as Node)) hadFocus.current = false;
    },
  };
}

/** The step that is not in the file yet; a reload of the page finds it again while its place is still there. */
function useNewStep(handler: string, steps: StepState[]) {
  const [kept, keep] = useDraft<Json>(`step:${handler}`, "new", null);
  const found = kept as unknown as Draft | null;
  const list = found ? listOf(steps, found.path) : undefined;
  const draft = found && list && (found.path.at(-1) as number) <= list.length ? found : undefined;
  const draftNow = useRef(draft);
  draftNow.current = draft;
  const setDraft = (next: Draft | undefined): void => {
    draftNow.current = next;
    keep((next as unknown as Json) ?? null);
  };
  return { draft, draftNow, setDraft };
}

/** Where the selection goes when a step is deleted: to the next, else to the one before, else to what holds it. */
function afterRemoval(steps: StepState[], at: Path): Path {
  const list = at.slice(0, -1);
  const index = at.at(-1) as number;
  if (stepAt(steps, [...list, index + 1])) return at;
  if (index > 0) return [...list, index - 1];
  return list.length ? list.slice(0, -1) : [0];
}

function isLost(): boolean {
  const active = document.activeElement;
  return !active || active === document.body;
}

function steadyActions(newest: { current: FlowActions | undefined }): FlowActions {
  return new Proxy({} as FlowActions, {
    get: (_target, name: keyof FlowActions) =>
      name === "palette" ? newest.current?.palette : (...args: never[]) => (newest.current?.[name] as (...args: never[]) => unknown)(...args),
  });
}
