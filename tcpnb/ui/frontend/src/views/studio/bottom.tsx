/** The panel below: Live Log, Connections, Test Client, Problems, Source. */

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Args } from "../../app/messages.ts";
import { Badge, Button, Tabs } from "../../app/parts.tsx";
import { View } from "../../app/view.tsx";
import type { StudioState } from "./types.ts";

export type BottomTab = "log" | "connections" | "client" | "problems" | "source";

export const TABS: readonly { key: BottomTab; label: string }[] = [
  { key: "log", label: "Live Log" },
  { key: "connections", label: "Connections" },
  { key: "client", label: "Test Client" },
  { key: "problems", label: "Problems" },
  { key: "source", label: "Source" },
];

export function Bottom(props: {
  state: StudioState;
  tab: BottomTab;
  args: Partial<Record<BottomTab, Args>>;
  panel: "open" | "closed" | "max";
  height: number;
  onTab: (tab: BottomTab) => void;
  onPanel: (panel: "open" | "closed" | "max") => void;
}) {
  const { state, tab, panel } = props;
  // A panel that was opened stays, hidden: what was typed in it is not lost.
  const opened = useRef(new Set<BottomTab>());
  if (panel !== "closed") opened.current.add(tab);
  const badges: Partial<Record<BottomTab, ComponentChildren>> = {
    connections: state.connections ? <Badge>{state.connections}</Badge> : null,
    problems: state.errors ? (
      <Badge tone="err" icon="err" label={state.errors === 1 ? "error" : "errors"}>
        {state.errors}
      </Badge>
    ) : state.warnings ? (
      <Badge tone="warn" icon="warn" label={state.warnings === 1 ? "warning" : "warnings"}>
        {state.warnings}
      </Badge>
    ) : null,
    source: state.isDraft ? <Badge tone="warn">draft</Badge> : null,
  };
  return (
    <div class="bottom">
      <Tabs
        label="Panels"
        tabs={TABS.map((one) => ({ ...one, badge: badges[one.key] }))}
        value={tab}
        onChange={(key) => props.onTab(key as BottomTab)}
        end={
          <>
            <Button
              look="ghost"
              icon={panel === "max" ? "cd" : "max"}
              label={panel === "max" ? "Restore panel" : "Maximise panel"}
              onClick={() => props.onPanel(panel === "max" ? "open" : "max")}
            />
            <Button
              look="ghost"
              icon={panel === "closed" ? "plus" : "minus"}
              label={panel === "closed" ? "Open panel" : "Close panel"}
              onClick={() => props.onPanel(panel === "closed" ? "open" : "closed")}
            />
          </>
        }
      />
      {panel === "closed"
        ? null
        : TABS.filter((one) => opened.current.has(one.key)).map((one) => (
            <div
              key={one.key}
              class="panel"
              role="tabpanel"
              aria-label={one.label}
              hidden={one.key !== tab}
              style={{ height: props.height }}
            >
              <View view={one.key} args={props.args[one.key] ?? {}} keep />
            </div>
          ))}
    </div>
  );
}
