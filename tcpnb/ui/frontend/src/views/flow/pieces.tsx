/** The smaller pieces around a flow: its place, what is in scope, a step that is not added yet. */

import { useAround } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { rove } from "../../app/keys.ts";
import { Button, Empty, Tile } from "../../app/parts.tsx";
import { lookOf } from "./kinds.ts";
import type { Palette, StepState } from "./model.ts";
import type { FlowState, Names } from "./state.ts";

export function Missing({ state }: { state: FlowState }) {
  const { go } = useAround();
  return (
    <section class="view">
      <Empty
        icon="fn"
        action={
          <div class="line">
            {state.handlers.slice(0, 8).map((each) => (
              <Button key={each} size="small" onClick={() => go.open("flow", { handler: each })}>
                {each}
              </Button>
            ))}
          </div>
        }
      >
        {state.handler ? `${state.handler} is not in ${state.file}.` : `${state.file} has no handler yet.`}
      </Empty>
    </section>
  );
}

export function DraftBox({ step, palette, onOpen }: { step: StepState; palette: Palette; onOpen: () => void }) {
  const { icon, tone } = lookOf(step.kind);
  return (
    <button type="button" class="step draft" onClick={onOpen}>
      <Tile icon={icon} tone={tone} />
      <span class="ti">{palette.kinds[step.kind]?.label}</span>
      <span class="pl">not added yet: fill in its form, then Add</span>
    </button>
  );
}

/** The names that a step can use; a click puts one into the field that was in use last. */
export function InScope({ names, onInsert, onMore }: { names: Names | undefined; onInsert: ((name: string) => void) | undefined; onMore: (() => void) | undefined }) {
  if (!names) return null;
  const shown = [...names.local, ...names.file.filter((each) => each.kind !== "class" && each.kind !== "function")];
  const first = new Map([...shown].reverse().map((each) => [each.name, each]));
  return (
    <div class="scope">
      <div class="line">
        <h3>In scope here</h3>
        <span class="grow" />
        {onMore ? (
          <Button look="link" size="small" title="Functions, configurable values, and forms that create a value (F4)" onPointerDown={(event) => event.preventDefault()} onClick={onMore}>
            More...
          </Button>
        ) : null}
      </div>
      <div class="names mono" role="group" aria-label="In scope here" onKeyDown={(event) => void rove(event, event.currentTarget, "horizontal")}>
        {[...new Set(shown.map((each) => each.name))].map((name, index) => (
          <button
            type="button"
            key={name}
            data-rove
            tabIndex={index ? -1 : 0}
            title={[first.get(name)?.type, onInsert ? "click to put it in" : ""].filter(Boolean).join("; ") || undefined}
            disabled={!onInsert}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => onInsert?.(name)}
          >
            {name}
          </button>
        ))}
      </div>
    </div>
  );
}

/** Where a handler stands: its service or its class, each a way back to it. */
export function Crumbs({ state }: { state: Pick<FlowState, "file" | "owner" | "service" | "name"> }) {
  const { go } = useAround();
  if (!state.owner) return <div class="crumb">{state.file}</div>;
  return (
    <nav class="crumb" aria-label="Where this is">
      <button type="button" class="linky" onClick={() => (state.service ? go.open("service", { service: state.owner }) : go.open("types", {}))}>
        {state.service ? state.owner : "Types"}
      </button>
      <Icon name="cr" small />
      {state.service ? null : (
        <>
          <button type="button" class="linky" onClick={() => go.open("class", { name: state.owner })}>
            {state.owner}
          </button>
          <Icon name="cr" small />
        </>
      )}
      <span>{state.name}</span>
    </nav>
  );
}
