/** The source of the file: written while it is typed, with its problems in the gutter. */

import { CodeEditor, type Mark } from "../app/editor.tsx";
import { Loading, PaneProblem } from "../app/frame.tsx";
import { useAround, usePane } from "../app/hooks.ts";
import { Button, Message, StateWords } from "../app/parts.tsx";
import "./source.css";
import { useTyping } from "./typing.ts";

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
