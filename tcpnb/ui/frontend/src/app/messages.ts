/** What crosses between the page and Python; the twin of tcpnb/ui/messages.py. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Args = Record<string, unknown>;

export interface Problem {
  /** One line: what is wrong, and what to do. */
  text: string;
  /** The form's field that it is about; empty for the whole panel. */
  field: string;
  /** More, for those who ask: where it happened. */
  details?: string;
}

export type ToPage =
  | { kind: "welcome"; page: string; view: string; args: Args; file: string; memory: Record<string, Json> }
  | { kind: "opened"; page: string; pane: string }
  | { kind: "state"; pane: string; version: number; state: unknown }
  | { kind: "failed"; pane: string; error: Problem }
  | { kind: "reply"; id: string; ok: true; result: unknown }
  | { kind: "reply"; id: string; ok: false; error: Problem }
  | { kind: "asset"; name: string; hash: string }
  | { kind: "closed"; reason: string }
  | { kind: "show"; view: string; args: Args }
  | { kind: "stream"; pane: string; topic: string; body: unknown };

export type ToPython =
  | { kind: "hello"; page: string; turn: number }
  | { kind: "open"; page: string; turn: number; pane: string; view: string; args: Args; known?: true }
  | { kind: "close"; page: string; turn: number; pane: string }
  | { kind: "wish"; id: string; pane: string; name: string; args: Args; version: number }
  | { kind: "remember"; key: string; value: Json }
  | { kind: "asset"; page: string; turn: number; name: string };
