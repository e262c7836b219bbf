/** The frame of a view: its problems on top, its inspector at the right (over it when there is little room). */

import type { ComponentChildren } from "preact";
import type { Pane } from "./circle.ts";
import { useAround, useLate, useMemory } from "./hooks.ts";
import { Button, Message, ProblemMessage, Splitter, cx } from "./parts.tsx";

/** Shown until the first state is there; says nothing for the first blink. */
export function Loading({ pane }: { pane: Pane<never> | Pane }) {
  const late = useLate(!pane.problem, 400);
  if (pane.problem) return <PaneProblem pane={pane} />;
  return late ? (
    <div class="loading">
      <Message tone="busy">Waiting for the kernel…</Message>
    </div>
  ) : (
    <div class="loading" />
  );
}

/** Why the last wish of a view failed. */
export function PaneProblem({ pane }: { pane: Pane<never> | Pane }) {
  if (!pane.problem) return null;
  return (
    <div class="paneproblem">
      <ProblemMessage problem={pane.problem} onClose={() => pane.dismiss()} />
    </div>
  );
}

export function ViewFrame(props: {
  pane: Pane<never> | Pane;
  children: ComponentChildren;
  /** What is selected; leave it out when nothing is. */
  inspector?: ComponentChildren;
  inspectorTitle?: string;
  onCloseInspector?: () => void;
  label?: string;
  class?: string;
}) {
  const { width } = useAround();
  const [size, setSize] = useMemory<number>("inspector", 320);
  const over = width !== "wide";
  return (
    <div class={cx("frame", over && "over", props.class)}>
      <section class="view grow" aria-label={props.label}>
        <PaneProblem pane={props.pane} />
        {props.children}
      </section>
      {props.inspector ? (
        <>
          {over ? null : <Splitter label="Width of the inspector" axis="x" value={size} min={240} max={560} onChange={setSize} invert />}
          <aside
            class="insp"
            aria-label={props.inspectorTitle ?? "Inspector"}
            style={{ width: over ? undefined : size }}
            onKeyDown={(event) => {
              if (event.key !== "Escape" || !props.onCloseInspector) return;
              event.stopPropagation();
              props.onCloseInspector();
            }}
          >
            <div class="insphd">
              <h2 class="cut">{props.inspectorTitle ?? "Inspector"}</h2>
              <span class="grow" />
              {props.onCloseInspector ? <Button icon="x" label="Close inspector" look="ghost" size="small" onClick={props.onCloseInspector} /> : null}
            </div>
            <div class="inspbody">{props.inspector}</div>
          </aside>
        </>
      ) : null}
    </div>
  );
}
