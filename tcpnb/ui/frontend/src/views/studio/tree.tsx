/** The project tree: everything in the file by its kind, with what can be added. */

import { useState } from "preact/hooks";
import { useMemory } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { rove } from "../../app/keys.ts";
import { Badge, Button, cx } from "../../app/parts.tsx";
import { isPlace, type Place, type TreeGroup, type TreeItem } from "./types.ts";

export function Tree(props: {
  groups: TreeGroup[];
  place: Place;
  isCreating: boolean;
  onPick: (item: { view: string; args: TreeItem["args"] }) => void;
  onAdd: (group: string) => void;
  onDelete: (group: string, item: TreeItem) => void;
  onSource: (item: TreeItem) => void;
  onArtifact: () => void;
  onClose?: (() => void) | undefined;
}) {
  const [closed, setClosed] = useMemory<string[]>("closed", []);
  const [at, setAt] = useState("");
  const rows = props.groups.flatMap((group) => [group.name, ...(closed.includes(group.name) ? [] : group.items.map((item) => keyOf(group, item)))]);
  const selected = props.groups.flatMap((group) => group.items.filter((item) => isPlace(item, props.place)).map((item) => keyOf(group, item)))[0];
  const stop = rows.includes(at) ? at : (selected ?? rows[0]);
  const toggle = (name: string, open: boolean): void => setClosed(open ? closed.filter((one) => one !== name) : [...closed, name]);
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
      <div class="treerows" role="tree" aria-label="Project tree" onKeyDown={(event) => rove(event, event.currentTarget)}>
        {props.groups.map((group) => {
          const open = !closed.includes(group.name);
          const types = group.name === "Types";
          return (
            <div class="tgroup" key={group.name} role="none">
              <div
                class={cx("tg", types && props.place.view === "types" && "on")}
                role="treeitem"
                aria-expanded={open}
                aria-level={1}
                aria-selected={types && props.place.view === "types"}
                aria-label={types ? "Types: open the diagram" : group.name}
                data-rove
                tabIndex={stop === group.name ? 0 : -1}
                onFocus={() => setAt(group.name)}
                onClick={() => (types ? props.onPick({ view: "types", args: {} }) : toggle(group.name, !open))}
                onKeyDown={(event) => {
                  if (event.target !== event.currentTarget) return;
                  if (event.key === "ArrowRight" || event.key === "ArrowLeft") toggle(group.name, event.key === "ArrowRight");
                  else if (event.key === "Enter" || event.key === " ") types ? props.onPick({ view: "types", args: {} }) : toggle(group.name, !open);
                  else if (event.key === "+") props.onAdd(group.name);
                  else return;
                  event.preventDefault();
                }}
              >
                <span
                  class="chevron"
                  onClick={(event) => {
                    event.stopPropagation();
                    toggle(group.name, !open);
                  }}
                >
                  <Icon name={open ? "cd" : "cr"} small />
                </span>
                <span>{group.name}</span>
                <Button
                  look="ghost"
                  size="small"
                  icon="plus"
                  label={`Add to ${group.name}`}
                  tabIndex={-1}
                  onClick={(event) => {
                    event.stopPropagation();
                    props.onAdd(group.name);
                  }}
                />
              </div>
              {open ? (
                <div role="group" aria-label={group.name}>
                  {group.items.length === 0 ? <div class="tr none">none yet</div> : null}
                  {group.items.map((item) => (
                    <Row
                      key={item.name}
                      item={item}
                      selected={isPlace(item, props.place)}
                      isStop={stop === keyOf(group, item)}
                      onFocus={() => setAt(keyOf(group, item))}
                      onPick={() => props.onPick(item)}
                      onDelete={() => props.onDelete(group.name, item)}
                      onSource={() => props.onSource(item)}
                    />
                  ))}
                </div>
              ) : null}
            </div>
          );
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

function keyOf(group: TreeGroup, item: TreeItem): string {
  return `${group.name}/${item.name}`;
}

function Row(props: {
  item: TreeItem;
  selected: boolean;
  isStop: boolean;
  onFocus: () => void;
  onPick: () => void;
  onDelete: () => void;
  onSource: () => void;
}) {
  const { item } = props;
  return (
    <div
      class={cx("tr", props.selected && "on")}
      role="treeitem"
      aria-level={2}
      aria-selected={props.selected}
      aria-label={[item.name, item.more && `= ${item.more}`, item.toneWords, item.errors && `${item.errors} ${item.errors === 1 ? "error" : "errors"}`].filter(Boolean).join(", ")}
      data-rove
      tabIndex={props.isStop ? 0 : -1}
      title={item.more ? `${item.name} = ${item.more}` : item.name}
      onFocus={props.onFocus}
      onClick={props.onPick}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        if (event.key === "Enter" || event.key === " ") props.onPick();
        else if (event.key === "Delete") props.onDelete();
        else return;
        event.preventDefault();
      }}
    >
      <Icon name={item.icon} />
      <span class="cut grow">
        {item.name}
        {item.more ? <span class="more"> = {item.more}</span> : null}
      </span>
      <span class="acts">
        <button
          type="button"
          class="btn ghost sm sq"
          tabIndex={-1}
          aria-label={`Source of ${item.name}`}
          title={`Source of ${item.name}`}
          onClick={(event) => {
            event.stopPropagation();
            props.onSource();
          }}
        >
          <Icon name="code" small />
        </button>
        <button
          type="button"
          class="btn ghost sm sq"
          tabIndex={-1}
          aria-label={`Delete ${item.name}`}
          title={`Delete ${item.name}`}
          onClick={(event) => {
            event.stopPropagation();
            props.onDelete();
          }}
        >
          <Icon name="trash" small />
        </button>
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
