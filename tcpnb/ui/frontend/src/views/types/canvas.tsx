/** The picture with its boxes as buttons: zoom, fit, move by keys and by drag, a menu on each box. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Menu, type MenuItem, Message } from "../../app/parts.tsx";
import { onSecondPress } from "../../app/second_press.ts";
import { safeSvg } from "../../app/svg.ts";
import type { NodeState, TypesState } from "./index.tsx";
import { type Box, fit, nearest } from "./nearest.ts";

/** A kind of line: what it means, and its dashes. */
export type Line = readonly [words: string, dashes: string];

interface Props {
  words: string;
  legend: readonly Line[];
  state: TypesState;
  hits: ReadonlySet<string>;
  selected: string;
  onSelect: (name: string) => void;
  onOpen: (node: NodeState) => void;
  onSource: (node: NodeState) => void;
  items: (node: NodeState) => MenuItem[];
  /** A double click; what a single one opens has come up by then. */
  onSecondPress: (node: NodeState) => void;
  onRefresh: () => void;
  /** Left out where there is no such view. */
  onFocusView?: ((name: string) => void) | undefined;
  onDownload: (form: "svg" | "png") => void;
}

/** The middle of a box's head, below its top. */
const HEAD = 14;
/** What the legend and the buttons take at the foot of the canvas: a picture that fits is above them. */
const FOOT = 40;
/** An entry point is too small for its menu's button: it stands beside it. */
const BESIDE = -24;
const STEPS = [0.1, 0.25, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3];

export function Canvas(props: Props) {
  const area = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const drag = useRef<{ x: number; y: number; left: number; top: number; moved: boolean } | undefined>(undefined);
  const [zoom, setZoom] = useState(0);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [boxes, setBoxes] = useState<Box[]>([]);
  const [broken, setBroken] = useState("");
  const chosen = useRef(false);
  const newest = useRef(props);
  newest.current = props;

  useLayoutEffect(() => {
    const host = sheet.current?.querySelector<HTMLElement>(".sheet");
    if (!host) return;
    const had = document.activeElement?.closest<SVGElement>("[data-node]")?.dataset["node"];
    try {
      const svg = safeSvg(props.state.svg);
      const box = svg.viewBox.baseVal;
      const natural = { width: box?.width || Number(svg.getAttribute("width")) || 400, height: box?.height || Number(svg.getAttribute("height")) || 300 };
      svg.setAttribute("role", "group");
      svg.setAttribute("aria-label", `${props.words}; arrow keys move, Enter opens, Shift+F10 opens the menu`);
      svg.removeAttribute("width");
      svg.removeAttribute("height");
      svg.querySelector(":scope > title")?.remove();
      svg.querySelector(":scope > desc")?.remove();
      prepare(svg, props.state.nodes);
      host.replaceChildren(svg);
      setSize(natural);
      setBroken("");
      if (had) svg.querySelector<SVGElement>(`[data-node="${CSS.escape(had)}"]`)?.focus();
    } catch (error) {
      host.replaceChildren();
      setBroken(error instanceof Error ? error.message : String(error));
    }
  }, [props.state.svg]);

  const fitted = (): number => fit(size, { width: area.current?.clientWidth ?? 800, height: (area.current?.clientHeight ?? 500) - FOOT });
  // The picture fits until the person zooms; another picture fits again.
  useEffect(() => {
    chosen.current = false;
  }, [props.state.focus, props.words]);
  const fitUnlessChosen = useRef(() => {});
  fitUnlessChosen.current = () => {
    if (size.width && !chosen.current) setZoom(fitted());
  };
  useEffect(() => fitUnlessChosen.current(), [size]);
  useEffect(() => {
    const observer = new ResizeObserver(() => fitUnlessChosen.current());
    if (area.current) observer.observe(area.current);
    return () => observer.disconnect();
  }, []);

  // Where the boxes are, for the buttons that lie over them and for the arrow keys.
  useLayoutEffect(() => {
    const host = sheet.current;
    if (!host || !zoom) return;
    const origin = host.getBoundingClientRect();
    const found = [...host.querySelectorAll<SVGGElement>("g[data-node]")].map((node) => {
      const rect = node.getBoundingClientRect();
      return { name: node.dataset["node"] ?? "", x: rect.left - origin.left, y: rect.top - origin.top, width: rect.width, height: rect.height };
    });
    setBoxes(found);
  }, [zoom, size, props.state.svg]);

  useLayoutEffect(() => {
    for (const node of sheet.current?.querySelectorAll<SVGGElement>("g[data-node]") ?? []) {
      const name = node.dataset["node"] ?? "";
      const isSelected = name === props.selected;
      node.classList.toggle("sel", isSelected);
      node.classList.toggle("dim", props.hits.size > 0 && !props.hits.has(name));
      const first = !props.selected && node === sheet.current?.querySelector("g[data-node]");
      node.setAttribute("tabindex", isSelected || first ? "0" : "-1");
    }
  }, [props.selected, props.hits, props.state.svg, boxes]);

  const nodeOf = (target: EventTarget | null): NodeState | undefined => {
    const name = (target as Element | null)?.closest<SVGElement>("[data-node]")?.dataset["node"];
    return newest.current.state.nodes.find((each) => each.name === name);
  };
  const focusNode = (name: string): void => {
    props.onSelect(name);
    const node = sheet.current?.querySelector<SVGElement>(`[data-node="${CSS.escape(name)}"]`);
    node?.focus({ preventScroll: true });
    node?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  useEffect(() => {
    if (props.selected) sheet.current?.querySelector(`[data-node="${CSS.escape(props.selected)}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [props.selected]);
  const zoomBy = (step: number): void => {
    const next = step > 0 ? STEPS.find((each) => each > zoom + 0.01) : [...STEPS].reverse().find((each) => each < zoom - 0.01);
    chosen.current = true;
    if (next) setZoom(next);
  };
  const refit = (): void => {
    chosen.current = false;
    setZoom(fitted());
  };
  const { onFocusView } = props;
  const keys = (event: KeyboardEvent): void => {
    const node = nodeOf(event.target);
    const next = event.key.startsWith("Arrow") && !event.altKey && node ? nearest(boxes, node.name, event.key) : undefined;
    const act = (): void => {
      event.preventDefault();
      event.stopPropagation();
    };
    if (next) {
      act();
      focusNode(next);
    } else if (event.key === "+" || event.key === "=") {
      act();
      zoomBy(1);
    } else if (event.key === "-") {
      act();
      zoomBy(-1);
    } else if (event.key === "0") {
      act();
      refit();
    } else if (!node) {
      return;
    } else if (event.key === "Enter") {
      act();
      props.onOpen(node);
    } else if (event.key === "f" && props.onFocusView) {
      act();
      props.onFocusView(props.state.focus === node.name ? "" : node.name);
    } else if (event.key === "Delete") {
      act();
      props.items(node).find((each) => each.danger)?.onSelect();
    } else if ((event.key === "F10" && event.shiftKey) || event.key === "ContextMenu") {
      act();
      sheet.current?.querySelector<HTMLElement>(`[data-menu="${CSS.escape(node.name)}"] button`)?.click();
    }
  };
  return (
    <div class="cvhost">
      <div
        class="cv"
        ref={area}
        onWheel={(event) => {
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          zoomBy(event.deltaY < 0 ? 1 : -1);
        }}
        onPointerDown={(event) => {
          if (event.button !== 0 || nodeOf(event.target) || (event.target as Element).closest(".nodeacts")) return;
          const box = event.currentTarget;
          drag.current = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop, moved: false };
          box.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (!from) return;
          event.currentTarget.scrollLeft = from.left - (event.clientX - from.x);
          event.currentTarget.scrollTop = from.top - (event.clientY - from.y);
        }}
        onPointerUp={() => {
          drag.current = undefined;
        }}
      >
        <div
          class="sheetbox"
          ref={sheet}
          style={{ width: size.width * (zoom || 1), height: size.height * (zoom || 1) }}
          onKeyDown={keys}
          onClick={(event) => {
            const node = nodeOf(event.target);
            if (!node) return;
            props.onSelect(node.name);
            const isSource = event.ctrlKey || event.metaKey;
            onSecondPress(event, () => (isSource ? undefined : newest.current.onSecondPress(node)));
            if (isSource) props.onSource(node);
            else props.onOpen(node);
          }}
          onFocusIn={(event) => {
            const node = nodeOf(event.target);
            if (node && node.name !== props.selected) props.onSelect(node.name);
          }}
        >
          <div class="sheet" />
          {boxes.map((box) => {
            const node = props.state.nodes.find((each) => each.name === box.name);
            if (!node) return null;
            return (
              <div
                key={box.name}
                class="nodeacts"
                data-menu={box.name}
                data-on={box.name === props.selected || undefined}
                style={{ left: box.x + (node.kind === "port" ? BESIDE : box.width - 28), top: box.y + HEAD * zoom - 12 }}
                onClick={(event) => event.stopPropagation()}
              >
                <Menu label={`${node.kind === "port" ? `${node.sub} of ${node.opens}` : box.name} actions`} size="small" tabIndex={box.name === props.selected ? 0 : -1} items={props.items(node)} />
              </div>
            );
          })}
          {boxes.map((box) => {
            const node = props.state.nodes.find((each) => each.name === box.name);
            if (!node?.state) return null;
            const tone = node.state === "listening" ? "ok" : node.state === "failed" ? "err" : "off";
            // As small as the picture, so that it stays in the gap under its box.
            const scale = Math.min(1, zoom || 1);
            return (
              <span
                key={box.name}
                class={`nodestate state ${tone}`}
                style={{ left: box.x, top: box.y + box.height + 1, width: box.width, fontSize: 12 * scale, lineHeight: `${16 * scale}px` }}
                title={node.words}
              >
                <i class={`dot ${tone}`} aria-hidden="true" />
                <span class="cut">{(node.words ?? "").replace("127.0.0.1", "")}</span>
              </span>
            );
          })}
        </div>
      </div>
      {broken ? <Message tone="err">The picture cannot be shown: {broken}. The text twin has the same.</Message> : null}
      <div class="lg" aria-label="Legend">
        {props.legend.map(([words, dashes]) => (
          <span key={words}>
            <svg viewBox="0 0 32 8" aria-hidden="true">
              <path d="M0 4h30" stroke-dasharray={dashes || undefined} />
            </svg>
            {words}
          </span>
        ))}
      </div>
      <div class="zc" role="toolbar" aria-label="Zoom">
        <Button icon="minus" label="Zoom out" look="ghost" onClick={() => zoomBy(-1)} />
        <span class="z" aria-live="polite">
          {Math.round((zoom || 1) * 100)} %
        </span>
        <Button icon="plus" label="Zoom in" look="ghost" onClick={() => zoomBy(1)} />
        <span class="sep" />
        <Button icon="fit" label="Zoom to fit" look="ghost" onClick={refit} />
        {onFocusView ? (
          <Button
            icon="focus"
            label={props.state.focus ? "All Types" : "Focused View"}
            look="ghost"
            on={props.state.focus ? true : undefined}
            why={props.selected || props.state.focus ? false : "Choose a type first"}
            onClick={() => onFocusView(props.state.focus ? "" : props.selected)}
          />
        ) : null}
        <Button
          icon="restart"
          label="Refresh"
          look="ghost"
          onClick={() => {
            refit();
            props.onRefresh();
          }}
        />
        <Menu
          label="Download"
          icon="save"
          items={[
            { label: "SVG picture", icon: "save", onSelect: () => props.onDownload("svg") },
            { label: "PNG picture", icon: "save", onSelect: () => props.onDownload("png") },
          ]}
        />
      </div>
    </div>
  );
}

/** Make each box a button with a name; `class:NAME` is the id that the picture gives. */
function prepare(svg: SVGSVGElement, nodes: readonly NodeState[]): void {
  const known = new Set(nodes.map((each) => each.name));
  for (const group of svg.querySelectorAll<SVGGElement>("g.node")) {
    // An entry point has its listener's name: it goes by its whole id.
    const name = known.has(group.id) ? group.id : group.id.slice(group.id.indexOf(":") + 1);
    const title = group.querySelector(":scope > title");
    const words = title?.textContent ?? name;
    title?.remove();
    group.removeAttribute("id");
    if (!known.has(name)) continue;
    group.dataset["node"] = name;
    group.dataset["lmSuppressShortcuts"] = "true";
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "-1");
    group.setAttribute("aria-label", words);
  }
  for (const edge of svg.querySelectorAll("g.edge")) {
    edge.removeAttribute("id");
    edge.setAttribute("aria-hidden", "true");
  }
}
