/** Types and Overview: pictures of the design with boxes that open; zoom, fit, focus, keyboard, download, and a text twin. */

import "./types.css";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Circle, type Pane, problemOf } from "../../app/circle.ts";
import { Loading, ViewFrame } from "../../app/frame.tsx";
import { useAround, useMemory, usePane } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { Button, Empty, type MenuItem, Message, Segmented, TextField } from "../../app/parts.tsx";
import { DeleteDialog } from "../delete_dialog.tsx";
import { useEdits } from "../flow/edits.ts";
import { Canvas, type Line } from "./canvas.tsx";

export interface NodeState {
  name: string;
  kind: "port" | "listener" | "service" | "connection_class" | "class" | "client";
  sub: string;
  line: number;
  /** Of an entry point: its listener. */
  opens?: string;
  state?: string;
  words?: string;
}

export interface TypesState {
  file: string;
  version: number;
  svg: string;
  text: string;
  nodes: NodeState[];
  focus: string;
  /** How many related things a focused picture leaves out, because they are too many. */
  leftOut: number;
  newName: string;
}

/** The view that shows a thing. */
const OPENS = {
  port: ({ opens }: NodeState) => ["config", { listener: opens ?? "" }] as const,
  listener: ({ name }: NodeState) => ["config", { listener: name }] as const,
  service: ({ name }: NodeState) => ["service", { service: name }] as const,
  connection_class: ({ name }: NodeState) => ["class", { name }] as const,
  class: ({ name }: NodeState) => ["class", { name }] as const,
  client: ({ name }: NodeState) => ["connection", { name }] as const,
};

const TYPES_LINES: readonly Line[] = [
  ["creates", ""],
  ["listens on", "5 3"],
  ["uses", "2 3"],
];

const OVERVIEW_LINES: readonly Line[] = [
  ["leads to", ""],
  ["uses", "5 3"],
  ["extends", "2 3"],
];

type Which = "types" | "overview";

/** To which box a double click came back, in a view that has just come up. */
const landings = new WeakMap<Circle, string>();

export function Pictures({ args, view }: { args: { focus?: string }; view: Which }) {
  const pane = usePane<TypesState>(view, args);
  const shown = useRef<{ which: Which; state: TypesState }>(undefined);
  // Until another picture is there, the one before it stays: nothing jumps, and the focus has its place.
  if (pane.state) shown.current = { which: view, state: pane.state };
  if (!shown.current) return <Loading pane={pane} />;
  return <Designer {...shown.current} chosen={view} pane={pane} />;
}

/** `chosen` is what the person wants to see, `which` what is there to be seen. */
function Designer({ which, chosen, pane, state }: { which: Which; chosen: Which; pane: Pane<TypesState>; state: TypesState }) {
  const { circle, go } = useAround();
  const edit = useEdits(pane);
  const [mode, setMode] = useMemory<"diagram" | "text">("types-mode", "diagram");
  const [find, setFind] = useState("");
  const [adding, setAdding] = useState(false);
  const [doomed, setDoomed] = useState<NodeState>();
  const [wanted, setSelected] = useState(state.focus);
  // The other picture may lack what was chosen in this one.
  const selected = state.nodes.some((each) => each.name === wanted) ? wanted : "";
  const root = useRef<HTMLElement>(null);
  useLanding(root, state);
  useEffect(() => {
    if (state.focus) setSelected(state.focus);
  }, [state.focus]);
  const isOverview = which === "overview";
  const title = isOverview ? "Overview" : "Types";
  const found = find ? state.nodes.filter((each) => wordsOf(each).toLowerCase().includes(find.toLowerCase())) : [];
  const hits = useMemo(() => new Set(found.map((each) => each.name)), [find, state.nodes]);
  const open = (node: NodeState): void => {
    const [view, args] = OPENS[node.kind](node);
    go.open(view, args);
  };
  const source = (node: NodeState): void => go.open("source", { line: node.line });
  const focusOn = (name: string): void => {
    const args = name ? { focus: name } : {};
    if (isOverview) go.open("types", args);
    else go.replace("types", args);
  };
  const change = (next: Which): void => {
    if (next !== chosen) go.replace(next);
  };
  /** The first press of a double click has led away from here; the second one leads back. */
  const comeBackTo = (node: NodeState): void => {
    if (isOverview) return;
    landings.set(circle, node.name);
    go.back();
    focusOn(node.name);
  };
  const items = (node: NodeState): MenuItem[] => [
    { label: "Edit", icon: "edit", onSelect: () => open(node) },
    { label: "Source", icon: "code", onSelect: () => source(node) },
    ...(node.kind === "port" ? [] : [focusItem(node), { label: "Delete...", icon: "trash", danger: true, onSelect: () => setDoomed(node) } as const]),
  ];
  const focusItem = (node: NodeState): MenuItem =>
    isOverview
      ? { label: "Show in Types", icon: "box", onSelect: () => focusOn(node.name) }
      : state.focus === node.name
        ? { label: "All Types", icon: "fit", onSelect: () => focusOn("") }
        : { label: "Focused View", icon: "focus", onSelect: () => focusOn(node.name) };
  const count = state.nodes.filter((each) => each.kind !== "port").length;
  return (
    <ViewFrame pane={pane} label={title} class="typesframe">
      <header class="vh" ref={root}>
        <div class="vht">
          <h1>{title}</h1>
          <p class="sub">{state.focus ? `${state.focus} and what it is joined to` : subtitle(state, count, isOverview)}</p>
        </div>
        <span class="grow" />
        {state.focus ? (
          <Button icon="fit" onClick={() => focusOn("")}>
            All Types
          </Button>
        ) : null}
        <TextField
          label={isOverview ? "Find" : "Find a type"}
          hideLabel
          small
          width={140}
          type="search"
          placeholder={isOverview ? "Find" : "Find a type"}
          value={find}
          onInput={setFind}
          onKeyDown={(event) => {
            if (event.key === "Enter" && found[0]) setSelected(found[0].name);
          }}
          end={find ? <span class="help">{found.length}</span> : <Icon name="search" small />}
        />
        <Segmented
          label="Picture"
          value={chosen}
          onChange={change}
          options={[
            ["types", "Types"],
            ["overview", "Overview"],
          ]}
        />
        <Segmented
          label="What is shown"
          value={mode}
          onChange={setMode}
          options={[
            ["diagram", "Diagram"],
            ["text", "Text"],
          ]}
        />
        {isOverview ? null : (
          <Button icon="plus" on={adding || undefined} onClick={() => setAdding(!adding)}>
            Type
          </Button>
        )}
      </header>
      {adding ? <AddType pane={pane} initial={state.newName} onClose={() => setAdding(false)} onAdd={(name) => edit("add_class", { name }).then(() => go.open("class", { name }))} /> : null}
      {state.leftOut ? (
        <div class="leftout">
          <Message>
            {state.focus} is related to too many types for one picture: only those that it is joined to directly are shown, {state.leftOut} more are not.
          </Message>
        </div>
      ) : null}
      {count === 0 ? (
        <Empty icon="box" action={<Button onClick={() => go.open("create", {})}>Create a TCP Service</Button>}>
          {state.file} has no {isOverview ? "service" : "types"} yet.
        </Empty>
      ) : mode === "text" ? (
        <pre class="typestext" tabIndex={0} role="region" aria-label={`${title} as text`}>
          {state.text}
        </pre>
      ) : (
        <Canvas
          words={isOverview ? "Overview of the design" : "Diagram of the types"}
          state={state}
          hits={hits}
          selected={selected}
          onSelect={setSelected}
          onOpen={open}
          onSource={source}
          onSecondPress={comeBackTo}
          onRefresh={() => pane.do("redraw")}
          items={items}
          legend={isOverview ? OVERVIEW_LINES : TYPES_LINES}
          onFocusView={isOverview ? undefined : focusOn}
          onDownload={(form) => void download(pane, form)}
        />
      )}
      {doomed ? (
        <DeleteDialog
          name={doomed.name}
          what={doomed.kind}
          look={() => pane.wish("usages", { name: doomed.name })}
          onClose={() => setDoomed(undefined)}
          onDelete={() => {
            setDoomed(undefined);
            edit("delete", { name: doomed.name }).catch((error: unknown) => pane.fail(error));
          }}
        />
      ) : null}
    </ViewFrame>
  );
}

/** After a double click, have the focus on its box once that is shown with what it is joined to. */
function useLanding(root: { current: HTMLElement | null }, state: TypesState): void {
  const { circle } = useAround();
  useEffect(() => {
    if (!state.focus || landings.get(circle) !== state.focus) return;
    landings.delete(circle);
    root.current?.parentElement?.querySelector<HTMLElement>(`[data-node="${CSS.escape(state.focus)}"]`)?.focus({ preventScroll: true });
  }, [state.svg, state.focus]);
}

function subtitle(state: TypesState, count: number, isOverview: boolean): string {
  const words = isOverview ? "How bytes flow through" : `${count} ${count === 1 ? "node" : "nodes"} in`;
  return `${words} ${state.file}. Arrow keys move, Enter opens.`;
}

/** What a box is found by. */
function wordsOf(node: NodeState): string {
  return node.kind === "port" ? node.sub : node.name;
}

function AddType(props: { pane: Pane<TypesState>; initial: string; onClose: () => void; onAdd: (name: string) => Promise<unknown> }) {
  const [name, setName] = useState(props.initial);
  const [problem, setProblem] = useState("");
  const add = (): void => {
    props.onAdd(name).catch((error: unknown) => setProblem(problemOf(error).text));
  };
  return (
    <div
      class="addtype"
      role="form"
      aria-label="New connection service class"
      onKeyDown={(event) => {
        if (event.key === "Escape") props.onClose();
        if (event.key === "Enter" && (event.target as HTMLElement).tagName === "INPUT") add();
      }}
    >
      <TextField
        label="Service Class Name"
        required
        mono
        autoFocus
        width={280}
        value={name}
        problem={problem}
        help="A connection service class with on_bytes, on_error and on_close."
        onInput={(value) => {
          setName(value);
          setProblem("");
          props.pane.wish<{ problem: string }>("check_name", { name: value }).then(
            (verdict) => setProblem(verdict.problem),
            (error) => props.pane.fail(error),
          );
        }}
      />
      <div class="line">
        <Button look="primary" why={problem} onClick={add}>
          Add
        </Button>
        <Button onClick={props.onClose}>Cancel</Button>
      </div>
    </div>
  );
}

async function download(pane: Pane<TypesState>, form: "svg" | "png"): Promise<void> {
  try {
    const file = await pane.wish<{ name: string; text?: string; base64?: string }>("picture", { form });
    const blob =
      file.text !== undefined
        ? new Blob([file.text], { type: "image/svg+xml" })
        : new Blob([Uint8Array.from(atob(file.base64 ?? ""), (char) => char.charCodeAt(0))], { type: "image/png" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (error) {
    pane.fail(error);
  }
}
