/** The top bar: what it is, how it is, and what one can do with the whole. */

import { useState } from "preact/hooks";
import type { Pane } from "../../app/circle.ts";
import { useAround } from "../../app/hooks.ts";
import { Badge, Button, StateWords, Tile } from "../../app/parts.tsx";
import type { StudioState } from "./types.ts";

export function TopBar({ pane, state, tab }: { pane: Pane<StudioState>; state: StudioState; tab: string | undefined }) {
  const { go, width } = useAround();
  const [busy, setBusy] = useState("");
  const run = (name: string): void => {
    setBusy(name);
    pane.problem = undefined;
    pane.wish(name).then(
      () => setBusy(""),
      (error: unknown) => {
        setBusy("");
        pane.fail(error);
      },
    );
  };
  const nothing = state.isEmpty || !state.service ? "There is no service yet" : "";
  const short = width !== "wide";
  const connections = state.connections === 1 ? "connection" : "connections";
  const words = (text: string) => (short ? undefined : text);
  return (
    <header class="top">
      <Tile icon="radio" tone="brand" />
      <span class="name">
        <span class="cut" title={short ? state.path : undefined}>
          {state.title}
        </span>
        {short ? null : (
          <small class="cut" title={state.path}>
            {state.file}
          </small>
        )}
      </span>
      <span class="sep" />
      <span class="status" role="status" title={short || state.tone === "err" ? state.words : undefined}>
        <StateWords tone={busy ? "busy" : state.tone}>
          {busy === "stop" ? "stopping…" : busy ? `${busy}ing…` : state.words}
        </StateWords>
        {state.connections ? (
          short ? (
            <Badge label={connections}>{state.connections}</Badge>
          ) : (
            <Badge>
              {state.connections} {connections}
            </Badge>
          )
        ) : null}
      </span>
      <span class="grow" />
      <div class="bar" role="toolbar" aria-label="Service">
        <Button
          icon="play"
          label={short ? "Start" : undefined}
          busy={busy === "start"}
          why={nothing || (state.allServing ? "It is running" : "")}
          onClick={() => run("start")}
        >
          {words("Start")}
        </Button>
        <Button icon="stop" busy={busy === "stop"} why={nothing || (state.isServing ? "" : "It is not running")} onClick={() => run("stop")}>
          Stop
        </Button>
        <Button
          icon="restart"
          label={short ? "Restart" : undefined}
          busy={busy === "restart"}
          why={nothing || (state.isServing ? "" : "It is not running")}
          title="Load the file afresh, certificates too, for new connections; open ones finish as they began"
          onClick={() => run("restart")}
        >
          {words("Restart")}
        </Button>
        <span class="sep" />
        <Button
          icon="undo"
          look="ghost"
          label="Undo"
          title={state.undo ? `Undo: ${state.undo} (Ctrl+Z)` : undefined}
          why={state.undo ? "" : "There is nothing to undo"}
          onClick={() => pane.do("undo")}
        />
        <Button
          icon="redo"
          look="ghost"
          label="Redo"
          title={state.redo ? `Redo: ${state.redo} (Ctrl+Y)` : undefined}
          why={state.redo ? "" : "There is nothing to redo"}
          onClick={() => pane.do("redo")}
        />
        <span class="sep" />
        <Button icon="code" label={short ? "Source" : undefined} on={tab === "source"} onClick={() => go.tab(tab === "source" ? "log" : "source")}>
          {words("Source")}
        </Button>
      </div>
    </header>
  );
}
