/** What the TCP Service Configuration gets from Python, and what was changed in it. */

export type SecureState = {
  mode: "none" | "files" | "key_store" | "development" | "expression" | "client";
  options: Record<string, string>;
  versions: string[];
  expression: string;
  client: boolean;
  names?: string[];
};

export type LimitsState = {
  values: Record<string, string>;
  expression: string;
};

export type ListenerValues = {
  name: string;
  port: string;
  host: string;
  secure: SecureState;
  limits: LimitsState;
};

export interface ListenerState {
  name: string;
  values: ListenerValues;
  reach: string;
  state: string;
  address: string;
  error: string;
  words: string;
  connections: number;
  serves?: string;
}

export interface LimitField {
  name: string;
  label: string;
  unit: string;
  default: string;
  help: string;
}

export interface ConfigState {
  file: string;
  version: number;
  service: string;
  services: string[];
  documentation: string;
  current: boolean;
  listeners: ListenerState[];
  inline: string[];
  others: ListenerState[];
  canDetach: boolean;
  limitFields: LimitField[];
  configurables: string[];
  newName: string;
  focus: string;
}

export interface Verdict {
  problems: Record<string, string>;
  warning?: Record<string, string>;
  freePort?: number;
  reach: string;
  portNote: string;
}

/** A Secure Socket as it was typed; what is not kept outside of the form, as a password's place, is as in the file. */
export function kept(typed: SecureState | undefined, saved: SecureState): SecureState {
  return typed ? { ...typed, options: { ...saved.options, ...typed.options } } : saved;
}

/** Forms that differ from the file, by the listener's name in the file. */
export type Drafts = Readonly<Record<string, ListenerValues>>;

/** Drafts of the listeners that are there, with what drafts do not keep. */
export function restored(drafts: Drafts, listeners: readonly ListenerState[]): Drafts {
  const found: Record<string, ListenerValues> = {};
  for (const { name, values } of listeners) {
    const draft = drafts[name];
    if (draft) found[name] = { ...draft, secure: kept(draft.secure, values.secure) };
  }
  return found;
}

export function isChanged(draft: ListenerValues | undefined, saved: ListenerValues): boolean {
  return draft !== undefined && JSON.stringify(draft) !== JSON.stringify(saved);
}

/** How many fields differ. */
export function countChanges(draft: ListenerValues | undefined, saved: ListenerValues): number {
  if (!draft) return 0;
  const plain = (["name", "port", "host"] as const).filter((field) => draft[field] !== saved[field]).length;
  const secure = JSON.stringify(draft.secure) === JSON.stringify(saved.secure) ? 0 : 1;
  const limits = Object.keys(saved.limits.values).filter((each) => draft.limits.values[each] !== saved.limits.values[each]).length;
  return plain + secure + limits;
}

/** What saving does to what runs, in one line. */
export function consequence(drafts: Drafts, listeners: readonly ListenerState[]): string {
  const lines: string[] = [];
  for (const listener of listeners) {
    const draft = drafts[listener.name];
    if (!isChanged(draft, listener.values) || !draft) continue;
    const name = draft.name;
    const again = (["port", "host", "secure", "limits"] as const).some((field) => JSON.stringify(draft[field]) !== JSON.stringify(listener.values[field]));
    if (listener.state !== "listening") lines.push(`${name} is stopped: the next start takes it.`);
    else if (!again) lines.push(`${name} keeps serving under its new name.`);
    else {
      const where = draft.port !== listener.values.port ? ` on port ${draft.port}` : "";
      const open = listener.connections;
      lines.push(`${name} restarts${where}${open ? `; its ${open === 1 ? "connection closes" : `${open} connections close`} first` : ""}.`);
    }
  }
  return lines.join(" ");
}
