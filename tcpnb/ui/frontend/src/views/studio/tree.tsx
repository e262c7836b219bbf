/** The project tree: everything in the file by its kind, classes with their handlers, and what can be added. */

import { useRef, useState } from "preact/hooks";
import { useMemory } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { Badge, Button, cx } from "../../app/parts.tsx";
import { folded, led, OVERVIEW, rowsOf, selectedRow, type TreeRow } from "./rows.ts";
import type { Place, TreeGroup, TreeItem } from "./types.ts";

interface Deeds {
  onPick: (item: { view: string; args: TreeItem["args"] }) => void;
  onAdd: (group: string) => void;
  onDelete: (group: string, item: TreeItem) => void;
  onSource: (item: TreeItem) => void;
}

export function Tree(
  props: Deeds & { groups: TreeGroup[]; place: Place; isCreating: boolean; onArtifact: () => void; onClose?: (() => void) | undefined },
) {
  const [closed, setClosed] = useMemory<string[]>("closed", []);
  const [opened, setOpened] = useMemory<string[]>("opened", []);
  const [at, setAt] = useState("");
  const root = useRef<HTMLDivElement>(null);
  const rows = rowsOf([OVERVIEW, ...props.groups], { closed, opened });
  const selected = selectedRow(rows, props.place)?.key;
  const stop = rows.some((row) => row.key === at) ? at : (selected ?? rows[0]?.key);
  const fold = (key: string, open: boolean): void => {
    const next = folded({ closed, opened }, key, open);
    setClosed([...next.closed]);
    setOpened([...next.opened]);
  };
  const activate = (row: TreeRow): void => {
    if (row.item) props.onPick(row.item);
    else if (row.key === "Types") props.onPick({ view: "types", args: {} });
    else if (row.group.view) props.onPick({ view: row.group.view, args: {} });
    else fold(row.key, !row.open);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows.find((one) => one.key === (event.target as HTMLElement).dataset["row"]);
    if (!row || event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter")) return;
    const way = led(rows, row.key, event.key);
    if (way && "fold" in way) fold(way.fold, way.open);
    else if (way) root.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(way.to)}"]`)?.focus();
    else if (event.key === "Enter" || event.key === " ") activate(row);
    else if (event.key === "+" && !row.item && !row.group.view) props.onAdd(row.group.name);
    else if (event.key === "Delete" && row.item) props.onDelete(deletionGroup(row), row.item);
    else return;
    event.preventDefault();
  };
  return (
    <nav
      class="tree"
      aria-label="Project"
      onKeyDown={(event) => {
        if (event.key === "Escape" && props.onClose) {
          event.stopPropagation();
          props.onClose();
        }
      }}
    >
      <div class="treerows" role="tree" aria-label="Project tree" ref={root} onKeyDown={onKeyDown}>
        {rows.flatMap((row) => {
          const shared = {
            row,
            selected: row.key === selected,
            isStop: row.key === stop,
            onFocus: () => setAt(row.key),
            onActivate: () => activate(row),
            onFold: (open: boolean) => fold(row.key, open),
          };
          if (row.item) return <ItemRow key={row.key} {...shared} item={row.item} onDelete={props.onDelete} onSource={props.onSource} />;
          if (row.group.view) return <ViewRow key={row.key} {...shared} />;
          const none = row.open && row.group.items.length === 0;
          return [
            <GroupRow key={row.key} {...shared} onAdd={props.onAdd} />,
            none ? (
              <div class="tr none" key={`${row.key}/`}>
                none yet
              </div>
            ) : null,
          ];
        })}
      </div>
      <div class="tf">
        <Button icon="plus" on={props.isCreating || undefined} onClick={props.onArtifact}>
          Add Artifact
        </Button>
      </div>
    </nav>
  );
}

/** What a deletion of the row is asked for under: a method is no part of the group itself. */
function deletionGroup(row: TreeRow): string {
  return row.level === 3 ? "Methods" : row.group.name;
}

interface RowProps {
  row: TreeRow;
  selected: boolean;
  isStop: boolean;
  onFocus: () => void;
  onActivate: () => void;
  onFold: (open: boolean) => void;
}

function shownAs({ row, selected, isStop, onFocus, onActivate }: RowProps) {
  return {
    role: "treeitem",
    "aria-level": row.level,
    "aria-selected": selected,
    "aria-expanded": row.open,
    "data-row": row.key,
    tabIndex: isStop ? 0 : -1,
    onFocus,
    onClick: onActivate,
  } as const;
}

function Chevron({ row, onFold }: Pick<RowProps, "row" | "onFold">) {
  return (
    <span
      class="chevron"
      onClick={(event) => {
        event.stopPropagation();
        onFold(!row.open);
      }}
    >
      <Icon name={row.open ? "cd" : "cr"} small />
    </span>
  );
}

/** A view of the whole design. */
function ViewRow(props: RowProps) {
  const { label, group } = props.row;
  return (
    <div class={cx("tg whole", props.selected && "on")} aria-label={label} {...shownAs(props)}>
      <Icon name={group.icon ?? "box"} />
      <span>{label}</span>
    </div>
  );
}

function GroupRow(props: RowProps & Pick<Deeds, "onAdd">) {
  const { label } = props.row;
  return (
    <div class={cx("tg", props.selected && "on")} aria-label={label === "Types" ? "Types: open the diagram" : label} {...shownAs(props)}>
      <Chevron row={props.row} onFold={props.onFold} />
      <span>{label}</span>
      <Button
        look="ghost"
        size="small"
        icon="plus"
        label={`Add to ${label}`}
        tabIndex={-1}
        onClick={(event) => {
          event.stopPropagation();
          props.onAdd(label);
        }}
      />
    </div>
  );
}

function ItemRow(props: RowProps & Pick<Deeds, "onDelete" | "onSource"> & { item: TreeItem }) {
  const { item, row } = props;
  const errors = item.errors ? `${item.errors} ${item.errors === 1 ? "error" : "errors"}` : "";
  const deed = (icon: "code" | "trash", label: string, done: () => void) => (
    <button
      type="button"
      class="btn ghost sm sq"
      tabIndex={-1}
      aria-label={label}
      title={label}
      onClick={(event) => {
        event.stopPropagation();
        done();
      }}
    >
      <Icon name={icon} small />
    </button>
  );
  return (
    <div
      class={cx("tr", row.level === 3 && "sub", row.open !== undefined && "folds", props.selected && "on")}
      aria-label={[item.name, item.more && `= ${item.more}`, item.toneWords, errors].filter(Boolean).join(", ")}
      title={(item.more ? `${item.name} = ${item.more}` : item.name) + (item.doc ? `\n${item.doc}` : "")}
      {...shownAs(props)}
    >
      {row.open === undefined ? null : <Chevron row={row} onFold={props.onFold} />}
      <Icon name={item.icon} />
      <span class="cut grow">
        {item.name}
        {item.more ? <span class="more"> = {item.more}</span> : null}
      </span>
      <span class="acts">
        {deed("code", `Source of ${item.path ?? item.name}`, () => props.onSource(item))}
        {item.isFixed ? null : deed("trash", `Delete ${item.path ?? item.name}`, () => props.onDelete(deletionGroup(row), item))}
      </span>
      {item.errors ? (
        <Badge tone="err" icon="err">
          {item.errors}
        </Badge>
      ) : null}
      {item.tone ? <i class={cx("dot", item.tone)} title={item.toneWords} /> : null}
    </div>
  );
}
