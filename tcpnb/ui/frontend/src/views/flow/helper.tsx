/** The pane of names and values under a field: search, sections, arrow keys; Enter or a click puts one in. */

import type { ComponentType } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useId } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { Button, cx } from "../../app/parts.tsx";
import { Builder } from "./builder.tsx";
import { type ExpressionProps, ICONS } from "./expression.tsx";
import { type Built, type Choice, emptyForm, type FoundValue, type Help, type Offers, sectionsOf, type ShapeState } from "./values.ts";
import type { ValueFieldProps } from "./value_field.tsx";

const LEAST_ROOM = 112;
const MOST_ROOM = 264;
/** Head and foot of the pane, the field above it, and their gaps. */
const AROUND = 192;

interface Props {
  /** Not there until Python has answered. */
  offers: Offers | undefined;
  /** The field's text, and what is selected in it. */
  text: string;
  from: number;
  to: number;
  help: Help;
  assist: ExpressionProps["assist"];
  /** The field that the parts of a value are written in. */
  Field: ComponentType<ValueFieldProps>;
  onInsert: (name: string, back: number) => void;
  insertion?: ExpressionProps["insertion"];
  onBuilt: (built: Built) => string;
  onClose: () => void;
}

type Building = { shape: ShapeState; found: FoundValue | undefined };

export function HelperPane(props: Props) {
  const { offers } = props;
  const [building, setBuilding] = useState<Building>();
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const pane = root.current;
    const around = pane?.closest<HTMLElement>(".inspbody");
    if (!pane || !around) return;
    pane.style.setProperty("--room", `${Math.max(LEAST_ROOM, Math.min(MOST_ROOM, around.clientHeight - AROUND))}px`);
    // The field stays in sight above it.
    pane.scrollIntoView({ block: "nearest" });
    if (!building) pane.parentElement?.scrollIntoView({ block: "nearest" });
  }, [building, offers]);
  const choose = (choice: Choice): void => {
    const { act } = choice;
    if ("insert" in act) return props.onInsert(act.insert, act.back);
    if ("shape" in act) return setBuilding({ shape: act.shape, found: undefined });
    const shape = offers?.values.find((each) => each.name === act.found.shape);
    if (shape) setBuilding({ shape, found: act.found });
  };
  return (
    <div
      class="helppane"
      role="group"
      aria-label="Helper"
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        props.onClose();
      }}
    >
      {building ? (
        <Builder
          shape={building.shape}
          initial={building.found ?? emptyForm(building.shape)}
          given={building.found?.given ?? []}
          isNew={!building.found}
          text={props.text}
          from={building.found?.start ?? props.from}
          to={building.found?.end ?? props.to}
          help={props.help}
          assist={props.assist}
          Field={props.Field}
          insertion={props.insertion}
          onBuilt={props.onBuilt}
          onBack={() => setBuilding(undefined)}
        />
      ) : (
        <Choices offers={offers} onChoose={choose} onClose={props.onClose} />
      )}
    </div>
  );
}

function Choices({ offers, onChoose, onClose }: { offers: Offers | undefined; onChoose: (choice: Choice) => void; onClose: () => void }) {
  const [text, setText] = useState("");
  const [more, setMore] = useState(false);
  const [at, setAt] = useState(0);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const sections = useMemo(() => (offers ? sectionsOf(offers, text, more) : []), [offers, text, more]);
  const order = sections.flatMap(([, rows]) => rows);
  const chosen = order[at];
  useLayoutEffect(() => input.current?.focus(), []);
  useEffect(() => setAt(0), [text]);
  /** True when Enter came before there was anything to choose. */
  const hasty = useRef(false);
  useEffect(() => {
    if (offers && hasty.current && order[0]) onChoose(order[0]);
    hasty.current = false;
  }, [offers]);
  useLayoutEffect(() => list.current?.querySelector(".opt.on")?.scrollIntoView({ block: "nearest" }), [at, text]);
  const keys = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && order.length) {
      event.preventDefault();
      setAt((at + step + order.length) % order.length);
    } else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      if (chosen) onChoose(chosen);
      else hasty.current = !offers;
    } else if (event.key === "F4") {
      event.preventDefault();
      event.stopPropagation();
      onClose();
    }
  };
  let index = -1;
  return (
    <>
      <div class="ps">
        <Icon name="search" small />
        <input
          ref={input}
          class="inside"
          role="combobox"
          aria-label="Search helper"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={chosen ? `${id}-${at}` : undefined}
          placeholder="Search names and values"
          spellcheck={false}
          autocomplete="off"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={keys}
        />
        <Button icon="x" label="Close helper" look="ghost" size="small" onClick={onClose} />
      </div>
      <div class="pb" id={`${id}-list`} role="listbox" aria-label="Choices" ref={list}>
        {sections.map(([title, rows]) => (
          <div role="group" aria-label={title} key={title}>
            <h3 aria-hidden="true">{title}</h3>
            {rows.map((row) => {
              index += 1;
              const here = index;
              return (
                <div
                  role="option"
                  id={`${id}-${here}`}
                  key={row.key}
                  aria-selected={here === at}
                  title={row.help || undefined}
                  class={cx("opt", here === at && "on")}
                  onPointerMove={() => setAt(here)}
                  onClick={() => onChoose(row)}
                >
                  <Icon name={row.kind === "edit" ? "edit" : (ICONS[row.kind] ?? "var")} small />
                  <span class="cut">{row.label}</span>
                  {row.about ? <span class="r cut">{row.about}</span> : null}
                </div>
              );
            })}
          </div>
        ))}
        {order.length ? null : <p class="help none">{offers ? "Nothing here has these words." : "Looking..."}</p>}
      </div>
      <div class="pf">
        {chosen?.help ? <div class="doc">{chosen.help}</div> : null}
        {offers?.more.length ? (
          <Button look="link" size="small" aria-expanded={more} onClick={() => setMore(!more)}>
            {more ? "Show fewer functions" : "Show more functions"}
          </Button>
        ) : null}
      </div>
    </>
  );
}
