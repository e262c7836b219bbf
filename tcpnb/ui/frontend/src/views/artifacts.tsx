/** "Add Artifact": everything that can be added to the file. */

import { useAround, usePane } from "../app/hooks.ts";
import { Icon, type IconName } from "../app/icons.tsx";
import { PaneProblem } from "../app/frame.tsx";
import { BetaBadge, Tile, ViewHeader } from "../app/parts.tsx";
import type { Place, StudioState } from "./studio/types.ts";
import "./artifacts.css";

interface Artifact {
  label: string;
  words: string;
  icon: IconName;
  /** A view that makes it, or the tree's group to which Python adds it. */
  view?: string;
  group?: string;
}

const SECTIONS: readonly (readonly [string, readonly Artifact[]])[] = [
  ["Integration as API", [{ label: "TCP Service", words: "Serve raw TCP connections, for a text or binary protocol of your own", icon: "radio", view: "create" }]],
  [
    "Other Artifacts",
    [
      { label: "Connection", words: "Talk to another TCP service from the handlers", icon: "plug", view: "connection" },
      { label: "Type", words: "A connection service class with its own state and handlers", icon: "box", group: "Types" },
      { label: "Function", words: "Steps that several handlers share", icon: "fn", group: "Functions" },
      { label: "Configuration", words: "A value that comes from the environment", icon: "sliders", view: "configurable" },
    ],
  ],
];

export function Artifacts() {
  const pane = usePane<StudioState>("studio");
  const { go } = useAround();
  const add = (artifact: Artifact): void => {
    if (artifact.view) return go.open(artifact.view);
    pane.wish<Place>("add", { group: artifact.group }).then(
      (made) => go.open(made.view, made.args),
      (error: unknown) => pane.fail(error),
    );
  };
  return (
    <section class="view" aria-label="Add Artifact">
      <ViewHeader title="Add Artifact" sub={pane.state ? `What to add to ${pane.state.file}` : undefined} />
      <PaneProblem pane={pane} />
      <div class="body stack">
        {SECTIONS.map(([heading, artifacts]) => (
          <section key={heading} aria-label={heading}>
            <h2>{heading}</h2>
            <div class="artifacts">
              {artifacts.map((artifact) => (
                <button type="button" class="artifact" key={artifact.label} onClick={() => add(artifact)}>
                  <Tile icon={artifact.icon} tone={heading === "Integration as API" ? "brand" : "info"} />
                  <span class="grow">
                    <span class="line">
                      <b>{artifact.label}</b>
                      {artifact.view === "create" ? <BetaBadge words={pane.state?.beta ?? ""} /> : null}
                    </span>
                    <small>{artifact.words}</small>
                  </span>
                  <Icon name="cr" />
                </button>
              ))}
            </div>
          </section>
        ))}
      </div>
    </section>
  );
}
