/** The rows of the Connections table: which are shown, and how their values read. */

export interface Connection {
  id: number;
  listener: string;
  peer: string;
  state: string;
  /** Why nothing more is read of the peer; empty while it is read. */
  paused: string;
  tls: string;
  received: number;
  sent: number;
  unsent: number;
  /** Wall time in ms of the accept. */
  since: number;
  class: string;
  variables: [name: string, value: string][];
  /** Of a closed one: when and why. */
  ended?: number;
  words?: string;
}

/** Rows in which every word of the filter stands: in the peer, the listener, the number or a variable. */
export function filtered(rows: readonly Connection[], text: string): Connection[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [...rows];
  return rows.filter((row) => {
    const hay = [`#${row.id}`, row.peer, row.listener, stateWords(row), row.class, ...row.variables.map(([name, value]) => `${name}=${value}`)].join(" ").toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

/** 0:07, 12:41, 1:02:03, 3 d 4 h. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor(seconds / 3_600) % 24} h`;
}

const STATE_WORDS: Record<string, string> = { greeting: "connecting", busy: "handler at work" };

/** How a connection stands, in words. */
export function stateWords(row: Connection): string {
  if (row.paused) return "reading paused";
  return STATE_WORDS[row.state] ?? row.state.replace(/_/g, " ");
}

/** The version alone; the cipher behind it is for the tooltip. */
export function tlsWords(tls: string): string {
  return tls ? (tls.replace(/^TLSv?\s*/, "").split(/\s/)[0] ?? "") : "none";
}

/** The table as text, tab-separated, for a spreadsheet or a report. */
export function asText(rows: readonly Connection[], now: number): string {
  const head = ["#", "Peer", "Listener", "State", "TLS", "Received", "Sent", "Unsent", "Age", "Variables"];
  const lines = rows.map((row) => [
    row.id, row.peer, row.listener, stateWords(row), tlsWords(row.tls), row.received, row.sent, row.unsent,
    age((row.ended ?? now) - row.since), row.variables.map(([name, value]) => `${name}=${value}`).join(" "),
  ]);
  return [head, ...lines].map((cells) => cells.join("\t")).join("\n") + "\n";
}
