/** The class variables of every open connection, live. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useAround } from "../../app/hooks.ts";
import { cx, StateWords } from "../../app/parts.tsx";
import { PeerText } from "../../app/parts.tsx";
import { changed, type ClassState, type LiveConnection } from "./model.ts";

const FRESH_MS = 1_000;
const SHOWN = 50;

export function LiveValues({ live, variables }: { live: ClassState["live"]; variables: string[] }) {
  const { go } = useAround();
  const fresh = useFresh(live.connections);
  const count = live.connections.length;
  return (
    <aside class="card livevalues" aria-label="Live values">
      <div class="hd">
        <b>Live values</b>
        <span class="grow" />
        <span class="help">{count === 1 ? "1 open connection" : `${count} open connections`}</span>
      </div>
      {count === 0 ? (
        <p class="none">{live.serving ? "No client is connected." : "Nothing listens. Start the service to see its connections here."}</p>
      ) : null}
      {live.connections.slice(0, SHOWN).map((each) => (
        <section key={each.id} aria-label={`connection ${each.id}`}>
          <div class="lvhead">
            <StateWords tone={each.state === "open" ? "ok" : "off"}>
              <b>#{each.id}</b> <code>{each.peer}</code>
              {each.state === "open" ? null : ` ${each.state}`}
            </StateWords>
            <span class="grow" />
            <button type="button" class="linky" aria-label={`Log of connection ${each.id}`} onClick={() => go.tab("log", { connection: each.id })}>
              log
            </button>
          </div>
          <dl>
            {each.variables.length === 0 ? <dd class="help">{variables.length ? "not known yet" : "no class variables"}</dd> : null}
            {each.variables.map(([name, value]) => (
              <div key={name} class={cx(fresh.has(`${each.id}.${name}`) && "fresh")}>
                <dt class="cut">{name}</dt>
                <dd class="cut" title={value}>
                  <PeerText text={value} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      {count > SHOWN ? <p class="none">and {count - SHOWN} more: see Connections</p> : null}
      {count ? (
        <div class="legend">
          <i aria-hidden="true" />
          changed in the last second
        </div>
      ) : null}
    </aside>
  );
}

function useFresh(connections: LiveConnection[]): ReadonlySet<string> {
  const before = useRef(connections);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const found = changed(before.current, connections);
    before.current = connections;
    if (found.size === 0) return undefined;
    setFresh((now) => new Set([...now, ...found]));
    const timer = setTimeout(() => setFresh((now) => new Set([...now].filter((key) => !found.has(key)))), FRESH_MS);
    return () => clearTimeout(timer);
  }, [connections]);
  return fresh;
}
