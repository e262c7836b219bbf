/** The picture and the tone of each kind of step. */

import type { IconName } from "../../app/icons.tsx";

type Tone = "brand" | "ok" | "warn" | "info" | "err" | undefined;

const LOOKS: Record<string, readonly [IconName, Tone]> = {
  write_bytes: ["out", "ok"],
  close: ["x", "ok"],
  client_write: ["out", "ok"],
  client_read: ["in", "ok"],
  client_read_exactly: ["in", "ok"],
  client_read_until: ["in", "ok"],
  client_close: ["x", "ok"],
  declare_variable: ["var", "brand"],
  update_variable: ["edit", "brand"],
  call_function: ["fn", "brand"],
  comment: ["note", undefined],
  code: ["code", "brand"],
  if: ["branch", "info"],
  match: ["branch", "info"],
  while: ["loop", "info"],
  for_each: ["loop", "info"],
  break: ["eof", "info"],
  continue: ["restart", "info"],
  return: ["ret", "info"],
  error_handler: ["shield", "warn"],
  raise: ["raise", "warn"],
  lock: ["lock", undefined],
  parallel: ["fork", undefined],
  start: ["fork", undefined],
  sleep: ["clock", undefined],
};

export function lookOf(kind: string): { icon: IconName; tone: Tone } {
  const [icon, tone] = LOOKS[kind] ?? (kind.startsWith("log_") ? (["logi", undefined] as const) : (["code", undefined] as const));
  return { icon, tone };
}
