/** The form of one listener: Name, Local Port, Local Host, Secure Socket, Limits; checked while it is typed. */

import { useEffect, useState } from "preact/hooks";
import type { Pane } from "../../app/circle.ts";
import { useRested } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { Badge, Button, TextField } from "../../app/parts.tsx";
import type { ConfigState, ListenerValues, Verdict } from "./model.ts";
import { SecureForm } from "./secure.tsx";

interface Props {
  pane: Pane<ConfigState>;
  state: ConfigState;
  /** The listener in the file; empty for a new one. */
  listener: string;
  values: ListenerValues;
  /** What the file says; none for a new one. */
  saved?: ListenerValues;
  onChange: (values: ListenerValues) => void;
  /** Empty when all is well, else why it cannot be saved. */
  onVerdict: (why: string) => void;
  refused?: { field: string; text: string } | undefined;
  /** Limits folded away at first. */
  brief?: boolean;
}

const QUIET: Verdict = { problems: {}, reach: "", portNote: "" };

export function ListenerForm({ pane, state, listener, values, saved, onChange, onVerdict, refused, brief }: Props) {
  const [verdict, setVerdict] = useState<Verdict>(QUIET);
  const [open, setOpen] = useState(!brief);
  const key = JSON.stringify(values);
  const rested = useRested(key, 250);
  const dirty = saved === undefined || key !== JSON.stringify(saved);
  useEffect(() => {
    let current = true;
    pane.wish<Verdict>("check", { listener, values: JSON.parse(rested) }).then(
      (found) => {
        if (!current) return;
        setVerdict(found);
        onVerdict(Object.values(found.problems).find(Boolean) ?? "");
      },
      (error) => current && pane.fail(error),
    );
    return () => {
      current = false;
    };
  }, [rested, state.version]);
  const problems = refused ? { ...verdict.problems, [refused.field]: refused.text } : verdict.problems;
  const set = (part: Partial<ListenerValues>): void => onChange({ ...values, ...part });
  const mark = (field: "name" | "port" | "host") =>
    saved && saved[field] !== values[field] ? <Badge tone="brand">changed</Badge> : verdict.portNote && field === "name" ? null : null;
  const offer = verdict.freePort ? (
    <Button size="small" onClick={() => set({ port: String(verdict.freePort) })}>
      Use free port {verdict.freePort}
    </Button>
  ) : null;
  const withOffer = (text: string | undefined) =>
    text ? (
      <span class="say">
        {text}
        {offer}
      </span>
    ) : undefined;
  return (
    <div class="stack">
      <div class="g3">
        <TextField
          label="Name"
          required
          mono
          value={values.name}
          problem={problems["name"]}
          help={saved ? "Renaming keeps it serving." : undefined}
          end={mark("name")}
          onInput={(name) => set({ name })}
        />
        <TextField
          label="Local Port"
          required
          mono
          value={values.port}
          problem={withOffer(problems["port"])}
          warning={withOffer(verdict.warning?.["port"])}
          help={dirty && verdict.portNote ? verdict.portNote : "0 to 65535; 0 takes a free one at each start."}
          end={mark("port")}
          onInput={(port) => set({ port })}
          list={state.configurables}
        />
        <TextField
          label="Local Host"
          mono
          value={values.host}
          placeholder="empty"
          problem={problems["host"]}
          help={verdict.reach}
          end={mark("host")}
          onInput={(host) => set({ host })}
          list={state.configurables}
        />
      </div>
      {problems[""] ? (
        <div class="prob" role="alert">
          <Icon name="err" small />
          {problems[""]}
        </div>
      ) : null}
      <SecureForm pane={pane} value={values.secure} problems={problems} onChange={(secure) => set({ secure })} />
      <section aria-label="Limits">
        <div class="sechead">
          {brief ? (
            <Button icon={open ? "cd" : "cr"} look="ghost" size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
              Limits
            </Button>
          ) : (
            <h2>Limits</h2>
          )}
          {open ? <span class="help">an empty field switches one off</span> : null}
        </div>
        {!open ? null : values.limits.expression ? (
          <TextField
            label="Expression"
            mono
            value={values.limits.expression}
            problem={problems["limits"]}
            onInput={(expression) => set({ limits: { ...values.limits, expression } })}
          />
        ) : (
          <div class="g3">
            {state.limitFields.map((each) => (
              <TextField
                key={each.name}
                label={each.label}
                mono
                value={values.limits.values[each.name] ?? ""}
                placeholder="off"
                help={each.help}
                problem={problems[`limits.${each.name}`]}
                end={each.unit === "s" ? <span>s</span> : undefined}
                onInput={(text) => set({ limits: { ...values.limits, values: { ...values.limits.values, [each.name]: text } } })}
              />
            ))}
          </div>
        )}
        {problems["limits"] && !values.limits.expression ? (
          <div class="prob" role="alert">
            {problems["limits"]}
          </div>
        ) : null}
      </section>
    </div>
  );
}
