/** The texts of the bundles, which come over the comm: once per page, shared by all widgets, whichever kernel sent them. */

import { insist, randomName } from "./insist.ts";

export interface Model {
  get(name: string): unknown;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
}

interface Text {
  arrives(text: string): void;
  readonly arrived: Promise<string>;
  isThere: boolean;
}

/** How many of its tries a widget leaves out when another one asks for the same. */
const HEAD_START = 2;

const shelf: Map<string, Text> = ((globalThis as { tcpnbTexts?: Map<string, Text> }).tcpnbTexts ??= new Map());

function wanted(): Text {
  let resolve: (text: string) => void;
  const arrived = new Promise<string>((done) => (resolve = done));
  const text: Text = {
    arrived,
    isThere: false,
    arrives: (words) => {
      text.isThere = true;
      resolve(words);
    },
  };
  return text;
}

export function hashOf(model: Model, name: string): string {
  return (model.get("_assets") as Record<string, string>)[name] ?? "";
}

const page = randomName();
let turns = 0;
/** Who has asked for which texts. */
const asked = new WeakMap<Model, Set<string>>();

function ask(model: Model, name: string, turn: number): void {
  try {
    model.send({ kind: "asset", page, turn, name });
  } catch (error) {
    // The comm of a kernel that is gone; another widget's may bring the text.
    console.debug("tcpnb: not asked", error);
  }
}

/** The text of a bundle, whenever it comes: each widget asks its own kernel, unless another one has it. */
export function textOf(model: Model, name: string): Promise<string> {
  const hash = hashOf(model, name);
  const known = shelf.get(hash);
  if (known?.isThere) return known.arrived;
  const text = known ?? wanted();
  shelf.set(hash, text);
  const hashes = asked.get(model) ?? new Set();
  asked.set(model, hashes);
  if (hashes.has(hash)) return text.arrived;
  hashes.add(hash);
  const hear = (message: { kind?: string; hash?: string }, buffers: (DataView | ArrayBuffer)[]): void => {
    if (message.kind === "asset" && message.hash === hash && buffers[0]) text.arrives(new TextDecoder().decode(buffers[0]));
  };
  model.on("msg:custom", hear);
  const turn = ++turns;
  // Whoever asked first has a head start: its answer serves all, if its kernel still lives.
  let rests = known ? HEAD_START : 0;
  const stop = insist(() => {
    if (rests) rests -= 1;
    else ask(model, name, turn);
  });
  void text.arrived.then(() => {
    stop();
    model.off("msg:custom", hear);
  });
  return text.arrived;
}
