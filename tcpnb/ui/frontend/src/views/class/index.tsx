/** The Service Class Designer: name, documentation, Class Variables, Methods, framing, live values. */

import "./class.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { Loading, ViewFrame } from "../../app/frame.tsx";
import { useAround, usePane, useRested } from "../../app/hooks.ts";
import { useTyped } from "../../app/typing.ts";
import { Icon } from "../../app/icons.tsx";
import { Badge, Button, Empty, Menu, Message, TextField, Tile } from "../../app/parts.tsx";
import { DeleteDialog } from "../delete_dialog.tsx";
import { type EditWish, useEdits } from "../flow/edits.ts";
import { FramingForm } from "./framing.tsx";
import { LiveValues } from "./live.tsx";
import { MethodForm } from "./method_form.tsx";
import type { ClassState, MethodState, VariableState } from "./model.ts";
import { VariableForm } from "./variable_form.tsx";

export function ClassDesigner({ args }: { args: { name?: string } }) {
  const pane = usePane<ClassState>("class", args);
  const { go } = useAround();
  if (!pane.state) return <Loading pane={pane} />;
  if (!pane.state.exists)
    return (
      <section class="view">
        <Empty
          icon="box"
          action={
            <div class="line">
              {pane.state.classes.map((each) => (
                <Button key={each} size="small" onClick={() => go.open("class", { name: each })}>
                  {each}
                </Button>
              ))}
            </div>
          }
        >
          {pane.state.name ? `${pane.state.name} is not in ${pane.state.file}.` : `${pane.state.file} has no class yet.`}
        </Empty>
      </section>
    );
  return <Designer pane={pane} state={pane.state} />;
}

/** Whose the class variables are. */
function owned(state: ClassState): string {
  if (state.service) return "one set for the whole service, shared by all connections";
  return state.connectionService ? "one set per connection" : "one set per object";
}

function isOfMethod(where: string, state: ClassState): boolean {
  return state.methods.some((each) => each.handler === where);
}

type Doomed = { what: "class" | "variable" | "method"; name: string } | undefined;

function Designer({ pane, state }: { pane: Pane<ClassState>; state: ClassState }) {
  const { go, width } = useAround();
  const edit = useEdits(pane);
  const [doomed, setDoomed] = useState<Doomed>();
  const problem = (text: unknown): void => pane.fail(text);
  return (
    <ViewFrame pane={pane} label="Service Class Designer" class="classframe">
      <header class="vh">
        <div class="vht">
          <nav class="crumb" aria-label="Where this is">
            <button type="button" class="linky" onClick={() => go.open("types", {})}>
              Types
            </button>
            <Icon name="cr" small />
            <span>{state.name}</span>
          </nav>
          <h1>Service Class Designer</h1>
        </div>
        <span class="grow" />
        <Button icon="box" onClick={() => go.open("types", { focus: state.name })}>
          Show in Types
        </Button>
        <Menu
          label="Class actions"
          items={[
            { label: "Source", icon: "code", onSelect: () => go.open("source", { find: state.name }) },
            { label: "Delete...", icon: "trash", danger: true, onSelect: () => setDoomed({ what: "class", name: state.name }) },
          ]}
        />
      </header>
      <div class={width === "wide" && state.connectionService ? "classbody two" : "classbody"}>
        <div class="stack">
          {state.problems.filter((each) => !isOfMethod(each.where, state)).map((each) => (
            <Message
              key={each.text}
              tone={each.severity === "error" ? "err" : "warn"}
              action={
                each.fix ? (
                  <Button size="small" onClick={() => edit("fix", { code: each.code, text: each.text }).catch(problem)}>
                    {each.fix}
                  </Button>
                ) : undefined
              }
            >
              {each.text}
            </Message>
          ))}
          <ClassHead pane={pane} state={state} edit={edit} />
          <Variables pane={pane} state={state} edit={edit} onDelete={(name) => setDoomed({ what: "variable", name })} />
          <Methods pane={pane} state={state} edit={edit} onDelete={(name) => setDoomed({ what: "method", name })} />
          {state.framing ? <FramingForm pane={pane} framing={state.framing} edit={edit} /> : null}
        </div>
        {!state.connectionService ? null : <LiveValues live={state.live} variables={state.variables.map((each) => each.name)} />}
      </div>
      {doomed ? (
        <DeleteDialog
          name={doomed.name}
          what={doomed.what}
          look={() => pane.wish("usages", { what: doomed.what, name: doomed.name })}
          onClose={() => setDoomed(undefined)}
          onDelete={() => {
            const gone = doomed;
            setDoomed(undefined);
            const wish = gone.what === "variable" ? edit("delete_variable", { name: gone.name }) : gone.what === "method" ? edit("delete_method", { name: gone.name }) : edit("delete");
            wish.then(() => (gone.what === "class" ? go.open("types", {}) : undefined), problem);
          }}
        />
      ) : null}
    </ViewFrame>
  );
}

interface Part {
  pane: Pane<ClassState>;
  state: ClassState;
  edit: EditWish;
}

function ClassHead({ pane, state, edit }: Part) {
  const { go } = useAround();
  const name = useTyped(state.name, `class:${state.name}`, "name");
  const documentation = useTyped(state.documentation, `class:${state.name}`, "documentation");
  const [problem, setProblem] = useState("");
  const rested = useRested(name.text);
  useEffect(() => {
    if (rested === state.name) return setProblem("");
    let current = true;
    pane.wish<{ problem: string }>("check_name", { name: rested }).then(
      (verdict) => current && setProblem(verdict.problem),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [rested, state.name]);
  const rename = (value: string): void => {
    if (value === state.name) return;
    name.give(value);
    edit("rename", { name: value }).then(
      () => {
        setProblem("");
        // The Studio's place is known by the name; alone, the pane follows it by itself.
        if (go.inStudio) go.open("class", { name: value });
      },
      (error) => setProblem(problemOf(error).text),
    );
  };
  const places = state.places === 1 ? "in 1 place" : `in all ${state.places} places`;
  return (
    <div class="classhead">
      <TextField
        label="Service Class Name"
        required
        mono
        value={name.text}
        problem={problem}
        help={name.text === state.name ? `A new name is used ${places}.` : "Enter takes the new name."}
        onInput={(value) => {
          name.type(value);
          setProblem("");
        }}
        onCommit={rename}
      />
      <TextField
        label="Documentation"
        value={documentation.text}
        rows={documentation.text.includes("\n") ? 3 : undefined}
        onInput={documentation.type}
        onCommit={(value) => {
          if (value === state.documentation) return;
          documentation.give(value);
          edit("document", { documentation: value }).catch((error: unknown) => pane.fail(error));
        }}
      />
    </div>
  );
}

const variableForm = (owner: string, name = ""): string => `variable:${owner}.${name}`;
const methodForm = (owner: string): string => `method:${owner}`;

function Variables({ pane, state, edit, onDelete }: Part & { onDelete: (name: string) => void }) {
  const { drafts } = useAround().circle;
  // A form that was half filled in when the page went is there again.
  const [open, setOpen] = useState<VariableState | "new" | undefined>(() =>
    drafts.has(variableForm(state.name)) ? "new" : state.variables.find((each) => drafts.has(variableForm(state.name, each.name))),
  );
  const add = useRef<HTMLDivElement>(null);
  const shown = open && open !== "new" ? state.variables.find((each) => each.name === open.name) : open;
  const close = (): void => {
    drafts.drop(variableForm(state.name, open === "new" ? "" : (open?.name ?? "")));
    setOpen(undefined);
    requestAnimationFrame(() => add.current?.querySelector("button")?.focus());
  };
  const form = (was: VariableState | undefined) => (
    <VariableForm key={was?.name ?? "new"} pane={pane} edit={edit} was={was} form={variableForm(state.name, was?.name)} onClose={close} />
  );
  return (
    <section aria-label="Class Variables">
      <div class="sechead" ref={add}>
        <h2>Class Variables</h2>
        <span class="help">{owned(state)}</span>
        <span class="grow" />
        <Button on={open === "new" ? true : undefined} onClick={() => (open === "new" ? close() : setOpen("new"))}>
          + Variable
        </Button>
      </div>
      <div class="card">
        {state.variables.length || open ? (
          <div class="vartable">
            <div class="vrow vhead" aria-hidden="true">
              <span>Variable Name</span>
              <span>Variable Type</span>
              <span>Default Value</span>
              <span />
            </div>
            {state.variables.map((each) =>
              typeof shown === "object" && shown.name === each.name ? (
                form(each)
              ) : (
                <div class="vrow" key={each.name} role="group" aria-label={`variable ${each.name}`}>
                  <code class="cut nm">{each.name}</code>
                  <code class="cut">{each.type}</code>
                  <code class="cut">{each.default || <span class="help">given at creation</span>}</code>
                  <span class="acts">
                    <Button icon="edit" label={`Edit ${each.name}`} look="ghost" size="small" onClick={() => setOpen(each)} />
                    <Button icon="trash" label={`Delete ${each.name}`} look="ghost" size="small" onClick={() => onDelete(each.name)} />
                  </span>
                </div>
              ),
            )}
            {open === "new" ? form(undefined) : null}
          </div>
        ) : (
          <p class="none">No variables found</p>
        )}
      </div>
    </section>
  );
}

const HANDLER_LOOKS = { on_bytes: ["in", "brand"], on_error: ["warn", "warn"], on_close: ["x", undefined], on_connect: ["entry", "brand"] } as const;

function Methods({ pane, state, edit, onDelete }: Part & { onDelete: (name: string) => void }) {
  const { go, circle } = useAround();
  const form = methodForm(state.name);
  const [adding, setAdding] = useState<string | undefined>(() => (circle.drafts.has(form) ? "" : undefined));
  const close = (): void => {
    circle.drafts.drop(form);
    setAdding(undefined);
  };
  const [renaming, setRenaming] = useState("");
  const look = (method: MethodState) => HANDLER_LOOKS[method.name as keyof typeof HANDLER_LOOKS] ?? (["fn", undefined] as const);
  return (
    <section aria-label="Methods">
      <div class="sechead">
        <h2>Methods</h2>
        <span class="grow" />
        {state.missing.map((each) => (
          <Button key={each} icon="plus" onClick={() => edit("add_method", { name: each }).catch((error: unknown) => pane.fail(error))}>
            {each}
          </Button>
        ))}
        <Button on={adding === undefined ? undefined : true} onClick={() => (adding === undefined ? setAdding("") : close())}>
          + Method
        </Button>
      </div>
      <div class="card methods">
        {adding === undefined ? null : (
          <MethodForm
            pane={pane}
            state={state}
            edit={edit}
            form={form}
            onClose={close}
            onDone={(handler) => {
              close();
              go.open("flow", { handler });
            }}
          />
        )}
        {state.methods.length === 0 && adding === undefined ? <p class="none">No functions found</p> : null}
        {state.methods.map((each) => {
          const [icon, tone] = each.isHandler ? look(each) : (["fn", undefined] as const);
          return (
            <div class="row mrow" key={each.name}>
              {renaming === each.name ? (
                <RenameField
                  value={each.name}
                  onCancel={() => setRenaming("")}
                  onDone={(name) => edit("rename_method", { name: each.name, new_name: name }).then(() => setRenaming(""))}
                />
              ) : (
                <button type="button" class="mface inside" onClick={() => go.open("flow", { handler: each.handler })}>
                  <Tile icon={icon} tone={tone} />
                  <span class="nm">{each.name}</span>
                  <span class="sig">{each.signature}</span>
                  <span class="grow" />
                  {state.problems
                    .filter((problem) => problem.where === each.handler)
                    .slice(0, 1)
                    .map((problem) => (
                      <span class="badge prb" data-tone={problem.severity} title={problem.text} key={problem.text}>
                        <Icon name={problem.severity === "error" ? "err" : "warn"} small />
                        <span class="cut">{problem.text}</span>
                      </span>
                    ))}
                  {each.isAsync ? <Badge>async</Badge> : null}
                  <Badge>{each.isConstructor ? "constructor" : each.isHandler ? "handler" : "method"}</Badge>
                </button>
              )}
              <Menu
                label={`${each.name} actions`}
                size="small"
                items={[
                  { label: "Edit", icon: "edit", onSelect: () => go.open("flow", { handler: each.handler }) },
                  { label: "Text", icon: "code", onSelect: () => go.open("handler", { handler: each.handler }) },
                  { label: "Rename", icon: "var", why: each.isConstructor ? "Python finds a constructor by its name" : each.isHandler ? "A handler's name is fixed" : undefined, onSelect: () => setRenaming(each.name) },
                  { label: "Delete...", icon: "trash", danger: true, onSelect: () => onDelete(each.name) },
                ]}
              />
            </div>
          );
        })}
      </div>
    </section>
  );
}

function RenameField({ value, onDone, onCancel }: { value: string; onDone: (name: string) => Promise<unknown>; onCancel: () => void }) {
  const [text, setText] = useState(value);
  const [problem, setProblem] = useState("");
  const save = (): void => {
    if (text === value) return onCancel();
    onDone(text).catch((error: unknown) => setProblem(problemOf(error).text));
  };
  return (
    <TextField
      label={`New name of ${value}`}
      hideLabel
      autoFocus
      mono
      small
      value={text}
      problem={problem}
      onInput={setText}
      onKeyDown={(event) => {
        if (event.key === "Enter") save();
        if (event.key === "Escape") onCancel();
      }}
      end={
        <Button size="small" look="link" onClick={save}>
          Rename
        </Button>
      }
    />
  );
}
