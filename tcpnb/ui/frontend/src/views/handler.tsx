/** The handler editor: the body of one handler as text, written while it is typed. */

import { CodeEditor, type Mark } from "../app/editor.tsx";
import { Loading, PaneProblem } from "../app/frame.tsx";
import { useAround, usePane } from "../app/hooks.ts";
import { Button, Message, StateWords } from "../app/parts.tsx";
import { Crumbs } from "./flow/pieces.tsx";
import "./source.css";
import { useTyping } from "./typing.ts";

interface HandlerState {
  name: string;
  file: string;
  missing: boolean;
  owner: string;
  service: boolean;
  head: string;
  body: string;
  firstLine: number;
  marks: Mark[];
  isCurrent: boolean;
}

/** `bare`: what it stands in says already which handler it is. */
export function Handler({ args }: { args: { handler: string; bare?: boolean } }) {
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
      {args.bare ? null : (
        <header class="vh">
          <div class="vht">
            <Crumbs state={{ file: state.file, owner: state.owner, service: state.service, name: state.name.slice(state.name.lastIndexOf(".") + 1) }} />
            <h1 class="mono">{state.name}</h1>
          </div>
          <span class="grow" />
          <Button icon="branch" onClick={() => go.open("flow", { handler: state.name })}>
            Flow
          </Button>
        </header>
      )}
      <PaneProblem pane={pane} />
      <pre class="handlerhead">{state.head}</pre>
      <CodeEditor
        label={`Body of ${state.name}`}
        value={typing.value}
        marks={state.marks}
        firstLine={state.firstLine}
        onChange={typing.type}
        onSave={typing.flush}
        onBlur={typing.flush}
        complete={(place) => pane.wish("complete", { ...place })}
        readOnly={!state.isCurrent}
        height={go.inStudio ? undefined : 260}
        class={go.inStudio ? "fill" : undefined}
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
        <Button
          size="small"
          look="ghost"
          icon="logi"
          onClick={() => pane.do("tidy")}
          why={!state.isCurrent || typing.problem ? "Text that does not compile cannot be put in order" : typing.isUnsent ? "It is being typed" : undefined}
          title="Put blanks, empty lines and indentation of this handler in order"
        >
          Format
        </Button>
      </div>
    </section>
  );
}
