/** Types: the diagram of listeners, services and classes; zoom, fit, focus, keyboard, download, and its text twin. */

import "./types.css";
import { useMemo, useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { Loading, ViewFrame } from "../../app/frame.tsx";
import { useAround, useMemory, usePane } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { Button, Empty, type MenuItem, Segmented, TextField } from "../../app/parts.tsx";
import { DeleteDialog } from "../delete_dialog.tsx";
import { useEdits } from "../flow/edits.ts";
import { Canvas } from "./canvas.tsx";

export interface NodeState {
  name: string;
  kind: "listener" | "service" | "connection_class" | "class" | "client";
  sub: string;
  line: number;
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
  newName: string;
}

const OPENS = {
  listener: (name: string) => ["config", { listener: name }] as const,
  service: (name: string) => ["service", { service: name }] as const,
  connection_class: (name: string) => ["class", { name }] as const,
  class: (name: string) => ["class", { name }] as const,
  client: (name: string) => ["connection", { name }] as const,
};

export function Types({ args }: { args: { focus?: string } }) {
  const pane = usePane<TypesState>("types", args);
  if (!pane.state) return <Loading pane={pane} />;
  return <Designer pane={pane} state={pane.state} />;
}

function Designer({ pane, state }: { pane: Pane<TypesState>; state: TypesState }) {
  const { go } = useAround();
  const edit = useEdits(pane);
  const [mode, setMode] = useMemory<"diagram" | "text">("types-mode", "diagram");
  const [find, setFind] = useState("");
  const [adding, setAdding] = useState(false);
  const [doomed, setDoomed] = useState<NodeState>();
  const [selected, setSelected] = useState(state.focus);
  const found = find ? state.nodes.filter((each) => each.name.toLowerCase().includes(find.toLowerCase())) : [];
  const hits = useMemo(() => new Set(found.map((each) => each.name)), [find, state.nodes]);
  const open = (node: NodeState): void => {
    const [view, args] = OPENS[node.kind](node.name);
    go.open(view, args);
  };
  const source = (node: NodeState): void => go.open("source", { line: node.line });
  const items = (node: NodeState): MenuItem[] => [
    { label: "Edit", icon: "edit", onSelect: () => open(node) },
    { label: "Source", icon: "code", onSelect: () => source(node) },
    state.focus === node.name
      ? { label: "All Types", icon: "fit", onSelect: () => pane.do("set_focus", { name: "" }) }
      : { label: "Focused View", icon: "focus", onSelect: () => pane.do("set_focus", { name: node.name }) },
    { label: "Delete...", icon: "trash", danger: true, onSelect: () => setDoomed(node) },
  ];
  const count = state.nodes.length;
  return (
    <ViewFrame pane={pane} label="Types" class="typesframe">
      <header class="vh">
        <div class="vht">
          <h1>Types</h1>
          <p class="sub">
            {state.focus
              ? `${state.focus} and what it is joined to`
              : `${count} ${count === 1 ? "node" : "nodes"} in ${state.file}. Arrow keys move, Enter opens.`}
          </p>
        </div>
        <span class="grow" />
        {state.focus ? (
          <Button icon="fit" onClick={() => pane.do("set_focus", { name: "" })}>
            All Types
          </Button>
        ) : null}
        <TextField
          label="Find a type"
          hideLabel
          small
          width={168}
          type="search"
          placeholder="Find a type"
          value={find}
          onInput={setFind}
          onKeyDown={(event) => {
            if (event.key === "Enter" && found[0]) setSelected(found[0].name);
          }}
          end={find ? <span class="help">{found.length}</span> : <Icon name="search" small />}
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
        <Button icon="plus" on={adding || undefined} onClick={() => setAdding(!adding)}>
          Type
        </Button>
      </header>
      {adding ? <AddType pane={pane} initial={state.newName} onClose={() => setAdding(false)} onAdd={(name) => edit("add_class", { name }).then(() => go.open("class", { name }))} /> : null}
      {count === 0 ? (
        <Empty icon="box" action={<Button onClick={() => go.open("create", {})}>Create a TCP Service</Button>}>
          {state.file} has no types yet.
        </Empty>
      ) : mode === "text" ? (
        <pre class="typestext" tabIndex={0} role="region" aria-label="Types as text">
          {state.text}
        </pre>
      ) : (
        <Canvas
          state={state}
          hits={hits}
          selected={selected}
          onSelect={setSelected}
          onOpen={open}
          onSource={source}
          items={items}
          onFocusView={(name) => pane.do("set_focus", { name })}
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
