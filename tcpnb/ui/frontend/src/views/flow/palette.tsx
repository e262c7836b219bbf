/** The palette of "Add step": search, sections, arrow keys, Enter adds. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useDismiss, useId } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { Button, cx, Tile } from "../../app/parts.tsx";
import { type Choice, choicesOf, search } from "./choices.ts";
import { lookOf } from "./kinds.ts";
import type { NameState, Palette as PaletteState } from "./model.ts";

const LEAST_ROOM = 112;
const MOST_ROOM = 420;
/** Head, foot and edges of the palette, and its gap. */
const AROUND = 128;
const LEFT = new Set(["Connections", "Statement", "Logging"]);

interface Props {
  palette: PaletteState;
  inLoop: boolean;
  names: readonly NameState[];
  /** "after Declare Variable": where the step will stand. */
  place: string;
  onChoose: (choice: Choice) => void;
  onClose: () => void;
  onAddConnection: () => void;
}

export function StepPalette(props: Props) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useDismiss(root, props.onClose);
  useLayoutEffect(() => {
    // It takes the room that the flow has, and scrolls inside itself.
    const palette = root.current;
    const flow = palette?.closest<HTMLElement>(".flow");
    if (palette && flow) {
      palette.style.setProperty("--room", `${Math.max(LEAST_ROOM, Math.min(MOST_ROOM, flow.clientHeight - AROUND))}px`);
      palette.scrollIntoView({ block: "nearest" });
    }
    input.current?.focus({ preventScroll: true });
  }, []);
  const all = useMemo(() => choicesOf(props.palette, props.inLoop, props.names), [props.palette, props.inLoop, props.names]);
  const hits = useMemo(() => search(all, text), [all, text]);
  const columns = useMemo(() => columnsOf(props.palette.sections, hits), [props.palette.sections, hits]);
  const order = columns.flat().flatMap(([, rows]) => rows);
  useEffect(() => {
    const best = text ? hits[0] : undefined;
    setAt(best ? Math.max(0, order.indexOf(best)) : 0);
  }, [text, props.names]);
  useLayoutEffect(() => root.current?.querySelector(".opt.on")?.scrollIntoView({ block: "nearest" }), [at]);
  const keys = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && order.length) {
      event.preventDefault();
      setAt((at + step + order.length) % order.length);
    } else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && !text && order.length) {
      event.preventDefault();
      setAt(across(columns, at, event.key === "ArrowRight"));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = order[at];
      if (chosen) props.onChoose(chosen);
    }
  };
  let index = -1;
  return (
    <div class="pal pop" role="dialog" aria-label="Add step" ref={root} onKeyDown={keys}>
      <div class="ps">
        <Icon name="search" />
        <input
          ref={input}
          class="inside"
          role="combobox"
          aria-label="Search steps"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={order[at] ? `${id}-${at}` : undefined}
          placeholder="Search steps"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <span class="help">{props.place}</span>
        <Button icon="x" label="Close" look="ghost" size="small" onClick={props.onClose} />
      </div>
      <div class="pb" id={`${id}-list`} role="listbox" aria-label="Steps">
        {order.length === 0 ? <p class="help none">No step has these words. Code can hold any Python.</p> : null}
        {columns.map((sections, column) => (
          <div class="col" role="presentation" key={column}>
            {sections.map(([section, rows]) => (
              <div role="group" aria-label={section} key={section}>
                <h3 aria-hidden="true">{section}</h3>
                {rows.map((row) => {
                  index += 1;
                  const here = index;
                  const { icon, tone } = lookOf(row.kind);
                  return (
                    <div
                      role="option"
                      id={`${id}-${here}`}
                      key={row.kind + row.about}
                      aria-selected={here === at}
                      aria-label={row.about ? `${row.label} ${row.about}` : row.label}
                      title={row.help}
                      class={cx("opt", here === at && "on")}
                      onPointerMove={() => setAt(here)}
                      onClick={() => props.onChoose(row)}
                    >
                      <Tile icon={icon} tone={tone} />
                      {row.label}
                      {row.about ? <span class="r mono">{row.about}</span> : null}
                    </div>
                  );
                })}
              </div>
            ))}
          </div>
        ))}
      </div>
      <div class="pf">
        <span class="keys" aria-hidden="true">
          <span class="kbd">↑</span>
          <span class="kbd">↓</span>
          move
          <span class="kbd">Enter</span>
          add
          <span class="kbd">Esc</span>
          close
        </span>
        <span class="grow" />
        {props.inLoop ? null : <span class="rule">Break, Continue in loops</span>}
        <Button look="link" size="small" icon="plug" onClick={props.onAddConnection}>
          Add Connection
        </Button>
      </div>
    </div>
  );
}

type Section = readonly [section: string, rows: Choice[]];

function columnsOf(sections: readonly string[], hits: readonly Choice[]): Section[][] {
  const filled = sections.map((section) => [section, hits.filter((each) => each.section === section)] as const).filter(([, rows]) => rows.length);
  return [filled.filter(([section]) => LEFT.has(section)), filled.filter(([section]) => !LEFT.has(section))].filter((column) => column.length);
}

function across(columns: Section[][], at: number, right: boolean): number {
  const left = (columns[0] ?? []).reduce((sum, [, rows]) => sum + rows.length, 0);
  const total = columns.flat().reduce((sum, [, rows]) => sum + rows.length, 0);
  if (right) return at < left && total > left ? Math.min(left + at, total - 1) : at;
  return at >= left ? Math.min(at - left, Math.max(left - 1, 0)) : at;
}
