/** "+ Attach Listener": one that the file has already, or a new one. */

import { useMemo, useState } from "preact/hooks";
import { type Pane, problemOf } from "../../app/circle.ts";
import { Icon } from "../../app/icons.tsx";
import { Badge, Button, Empty, Modal, StateWords, Tabs } from "../../app/parts.tsx";
import { useDraft } from "../../app/typing.ts";
import type { EditWish } from "../flow/edits.ts";
import { ListenerForm } from "./listener_form.tsx";
import { type ConfigState, kept, type ListenerValues } from "./model.ts";

interface Props {
  pane: Pane<ConfigState>;
  state: ConfigState;
  edit: EditWish;
  onClose: () => void;
  onDone: (listener: string) => void;
}

export function AttachListener({ pane, state, edit, onClose, onDone }: Props) {
  const [tab, setTab] = useState(state.others.length ? "existing" : "new");
  const fresh = useMemo(() => newListener(state), []);
  const [typed, setValues] = useDraft<ListenerValues>(`attach:${state.service}`, "values", fresh);
  const values: ListenerValues = { ...typed, secure: kept(typed.secure, fresh.secure) };
  const close = (): void => {
    setValues(fresh);
    onClose();
  };
  const [why, setWhy] = useState("");
  const [refused, setRefused] = useState<{ field: string; text: string }>();
  const [busy, setBusy] = useState(false);
  const run = (wish: Promise<{ listener: string }>): void => {
    setBusy(true);
    setRefused(undefined);
    wish
      .then(
        (made) => {
          setValues(fresh);
          onDone(made.listener);
        },
        (error: unknown) => {
          const problem = problemOf(error);
          setRefused({ field: problem.field, text: problem.text });
        },
      )
      .finally(() => setBusy(false));
  };
  const create = tab === "new";
  return (
    <Modal
      title="Attach Listener"
      width={600}
      onClose={close}
      actions={
        <>
          <Button size="big" onClick={close}>
            Cancel
          </Button>
          {create ? (
            <Button size="big" look="primary" why={why} busy={busy} onClick={() => run(edit<{ listener: string }>("create_and_attach", { values }))}>
              Create and Attach
            </Button>
          ) : null}
        </>
      }
    >
      <Tabs
        label="Attach Listener"
        value={tab}
        onChange={setTab}
        tabs={[
          { key: "existing", label: "Existing Listeners", badge: <Badge>{state.others.length}</Badge> },
          { key: "new", label: "Create New Listener" },
        ]}
      />
      <div role="tabpanel" aria-label={create ? "Create New Listener" : "Existing Listeners"} class="attachpanel">
        {create ? (
          <ListenerForm pane={pane} state={state} listener="" values={values} onChange={setValues} onVerdict={setWhy} refused={refused} brief />
        ) : state.others.length === 0 ? (
          <Empty
            icon="radio"
            action={
              <Button look="primary" onClick={() => setTab("new")}>
                Create New Listener
              </Button>
            }
          >
            No existing listeners found
          </Empty>
        ) : (
          <div class="card">
            {state.others.map((each) => (
              <button
                type="button"
                class="row existing"
                key={each.name}
                aria-disabled={each.serves ? true : undefined}
                title={each.serves ? `${each.name} serves ${each.serves}; a listener has one service` : undefined}
                onClick={() => (each.serves ? undefined : run(edit<{ listener: string }>("attach", { listener: each.name })))}
              >
                <Icon name="radio" />
                <span class="nm">{each.name}</span>
                <span class="sig">
                  port {each.values.port}
                  {each.values.secure.mode === "none" ? "" : ", TLS"}
                </span>
                <span class="grow" />
                {each.serves ? <span class="help">serves {each.serves}</span> : <StateWords tone={each.state === "listening" ? "ok" : "off"}>{each.address || each.state}</StateWords>}
              </button>
            ))}
          </div>
        )}
        {!create && refused ? (
          <div class="prob" role="alert">
            {refused.text}
          </div>
        ) : null}
      </div>
    </Modal>
  );
}

function newListener(state: ConfigState): ListenerValues {
  return {
    name: state.newName,
    port: "0",
    host: "",
    secure: { mode: "none", options: {}, versions: ["TLSv1.2", "TLSv1.3"], expression: "", client: false },
    limits: { values: Object.fromEntries(state.limitFields.map((each) => [each.name, each.default])), expression: "" },
  };
}
