/** The source of the file, or of one handler: written while it is typed, with its problems in the gutter. */


import { useEffect, useRef, useState } from "preact/hooks";
import { type Pane, problemOf } from "../app/circle.ts";
import { CodeEditor, type Mark } from "../app/editor.tsx";
import { Loading, PaneProblem } from "../app/frame.tsx";
import { useAround, usePane } from "../app/hooks.ts";
import { Button, Message, StateWords, ViewHeader } from "../app/parts.tsx";
import "./source.css";

const REST_MS = 250;

interface SourceState {
  file: string;
  text: string;
  marks: Mark[];
  isDraft: boolean;
  isSaved: boolean;
  leftDraft: string;
  problem: string;
  swapError: string;
}

/**
 * Hold what is typed against what Python has: typing is sent once it has rested, a newer text from elsewhere is taken
 * when nothing of ours is under way. `send` gets the text; the version that it is based on is the pane's.
 */
function useTyping(pane: Pane<never> | Pane, remote: string | undefined, send: (text: string) => Promise<number>) {
  const [local, setLocal] = useState<string>();
  // What Python has taken, and from which version on its state shows it.
  const [taken, setTaken] = useState<{ text: string; version: number }>();
  const [problem, setProblem] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const flying = useRef(false);
  const newest = useRef<string | undefined>(undefined);
  newest.current = local;
  const flush = (): void => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const text = newest.current;
    if (text === undefined || flying.current) return;
    flying.current = true;
    send(text).then(
      (version) => {
        flying.current = false;
        setProblem("");
        setTaken({ text, version });
        if (newest.current !== text) flush();
      },
      (error: unknown) => {
        flying.current = false;
        setProblem(problemOf(error).text);
        if (newest.current !== text) later();
      },
    );
  };
  const later = (): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(flush, REST_MS);
  };
  useEffect(() => () => flush(), [pane]);
  const isSettled = local !== undefined && taken?.text === local && pane.version >= taken.version;
  useEffect(() => {
    if (isSettled && newest.current === local) setLocal(undefined);
  }, [isSettled, local]);
  return {
    value: (isSettled ? remote : local) ?? remote ?? "",
    isUnsent: local !== undefined && taken?.text !== local,
    problem,
    type(text: string): void {
      setLocal(text);
      newest.current = text;
      later();
    },
    flush,
    /** Forget what was typed and show what Python has. */
    drop(): void {
      clearTimeout(timer.current);
      setLocal(undefined);
      setProblem("");
    },
  };
}

export function Source({ args }: { args: { line?: number } }) {
  const pane = usePane<SourceState>("source");
  const { go } = useAround();
  const typing = useTyping(pane, pane.state?.text, (text) => pane.wish("type", { text }));
  const state = pane.state;
  if (!state) return <Loading pane={pane} />;
  const save = (): void => {
    typing.flush();
    pane.do("save");
  };
  const errors = state.marks.filter((mark) => mark.severity === "error").length;
  return (
    <section class="view source" aria-label="Source">
      <PaneProblem pane={pane} />
      {state.leftDraft ? (
        <Message
          tone="warn"
          action={
            <>
              <Button size="small" onClick={() => pane.do("restore_draft")}>
                Take it up
              </Button>
              <Button size="small" onClick={() => pane.do("discard_draft")}>
                Throw away
              </Button>
            </>
          }
        >
          An earlier session left text that was not finished.
        </Message>
      ) : null}
      {typing.problem ? (
        <Message
          tone="warn"
          action={
            <>
              <Button size="small" onClick={typing.flush}>
                Write mine
              </Button>
              <Button size="small" onClick={typing.drop}>
                Show the newest
              </Button>
            </>
          }
        >
          {typing.problem}
        </Message>
      ) : null}
      <CodeEditor
        label={`Source of ${state.file}`}
        value={typing.value}
        marks={state.marks}
        onChange={typing.type}
        onSave={save}
        onBlur={typing.flush}
        complete={(place) => pane.wish("complete", { ...place })}
        reveal={args.line}
        class="fill"
      />
      <div class="foot">
        <span class="mono">{state.file}</span>
        {state.problem ? (
          <StateWords tone="err">{state.problem}</StateWords>
        ) : state.isDraft ? (
          <StateWords tone="warn">does not compile yet: kept as a draft, what runs stays as it was</StateWords>
        ) : (
          <StateWords tone={typing.isUnsent ? "busy" : state.isSaved ? "ok" : "warn"}>
            {typing.isUnsent ? "typing…" : state.isSaved ? "saved" : "not saved"}
          </StateWords>
        )}
        {state.swapError ? <StateWords tone="err">{state.swapError}</StateWords> : null}
        <span class="grow" />
        {errors ? (
          <button type="button" class="linky" onClick={() => go.tab("problems")}>
            {errors} {errors === 1 ? "error" : "errors"}
          </button>
        ) : null}
        <Button
          size="small"
          look="ghost"
          icon="logi"
          onClick={() => pane.do("tidy")}
          why={state.isDraft ? "Text that does not compile cannot be put in order" : typing.isUnsent ? "It is being typed" : undefined}
          title="Put blanks, empty lines and indentation in order"
        >
          Format
        </Button>
        <Button size="small" look="ghost" icon="save" onClick={save} title="Write the file, whether it compiles or not (Ctrl+S)">
          Save
        </Button>
      </div>
    </section>
  );
}

interface HandlerState {
  name: string;
  file: string;
  missing: boolean;
  head: string;
  body: string;
  firstLine: number;
  marks: Mark[];
  isCurrent: boolean;
}

export function Handler({ args }: { args: { handler: string } }) {
  const pane = usePane<HandlerState>("handler", args);
  const { go } = useAround();
  const typing = useTyping(pane, pane.state?.body, (body) => pane.wish("type", { body }));
  const state = pane.state;
  if (!state) return <Loading pane={pane} />;
  if (state.missing)
    return (
      <section class="view" aria-label={args.handler}>
        <div class="body">
          <Message tone="warn">
            {state.file} has no {args.handler}.
          </Message>
        </div>
      </section>
    );
  return (
    <section class="view source" aria-label={`Handler ${state.name}`}>
      <ViewHeader icon="code" title={state.name} mono sub={`line ${state.firstLine} of ${state.file}`}>
        <Button icon="branch" onClick={() => go.open("flow", { handler: state.name })}>
          Flow
        </Button>
      </ViewHeader>
      <PaneProblem pane={pane} />
      <pre class="handlerhead">{state.head}</pre>
      <CodeEditor
        label={`Body of ${state.name}`}
        value={typing.value}
        marks={state.marks}
        onChange={typing.type}
        onSave={typing.flush}
        onBlur={typing.flush}
        complete={(place) => pane.wish("complete", { ...place })}
        readOnly={!state.isCurrent}
        height={260}
      />
      <div class="foot">
        {!state.isCurrent ? (
          <StateWords tone="err">{state.file} does not compile: mend it in Source first</StateWords>
        ) : typing.problem ? (
          <StateWords tone="warn">{typing.problem}</StateWords>
        ) : (
          <StateWords tone={typing.isUnsent ? "busy" : "ok"}>{typing.isUnsent ? "typing…" : "saved"}</StateWords>
        )}
        <span class="grow" />
        <span>
          <span class="kbd">Esc</span> then <span class="kbd">Tab</span> leaves the editor
        </span>
      </div>
    </section>
  );
}
