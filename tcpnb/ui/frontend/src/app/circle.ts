/** The page's half of the message circle: panes that hold the newest state, and wishes that wait for their reply. */

import { insist, randomName } from "../insist.ts";
import { Drafts } from "./drafts.ts";
import type { Args, Json, Problem, ToPage, ToPython } from "./messages.ts";

export class WishError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.text);
    this.problem = problem;
  }
}

type StreamListener = (body: unknown, buffers: DataView[]) => void;

/** One view's window on Python: the newest state in, wishes out. */
export class Pane<State = unknown> {
  state: State | undefined;
  /** The document's version that the state was made from; goes out with each wish. */
  version = 0;
  /** Why the state could not be made, or a wish that nobody waits for failed; shown above the view. */
  problem: Problem | undefined;
  users = 0;
  readonly key: string;
  readonly view: string;
  readonly args: Args;
  private readonly circle: Circle;
  private readonly listeners = new Set<() => void>();
  private readonly streams = new Map<string, Set<StreamListener>>();
  /** What came while nobody listened: before the view's first paint, or between two views of one pane. */
  private readonly missed = new Map<string, [body: unknown, buffers: DataView[]][]>();

  constructor(circle: Circle, key: string, view: string, args: Args) {
    this.circle = circle;
    this.key = key;
    this.view = view;
    this.args = args;
  }

  /** Ask Python for something; rejects with a WishError that the form shows beside its field. */
  wish<Result = unknown>(name: string, args: Args = {}): Promise<Result> {
    return this.circle.wish<Result>(this, name, args);
  }

  /** Ask for something from a button: a failure is shown above the view, no one else has to care. */
  do(name: string, args: Args = {}): void {
    this.problem = undefined;
    this.wish(name, args).then(
      () => this.notify(),
      (error: unknown) => this.fail(error),
    );
  }

  fail(error: unknown): void {
    this.problem = problemOf(error);
    this.notify();
  }

  dismiss(): void {
    this.problem = undefined;
    this.notify();
  }

  /** Hear a stream ("log", …); returns how to stop. */
  on(topic: string, listener: StreamListener): () => void {
    const set = this.streams.get(topic) ?? new Set();
    this.streams.set(topic, set);
    set.add(listener);
    const missed = this.missed.get(topic) ?? [];
    this.missed.delete(topic);
    for (const [body, buffers] of missed) listener(body, buffers);
    return () => set.delete(listener);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  notify(): void {
    for (const listener of [...this.listeners]) listener();
  }

  hear(topic: string, body: unknown, buffers: DataView[]): void {
    const listeners = [...(this.streams.get(topic) ?? [])];
    for (const listener of listeners) listener(body, buffers);
    if (listeners.length) return;
    this.missed.set(topic, [...(this.missed.get(topic) ?? []), [body, buffers] as [unknown, DataView[]]].slice(-MAX_MISSED));
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof WishError) return error.problem;
  return { text: error instanceof Error ? `${error.name}: ${error.message}` : String(error), field: "" };
}

export interface Wire {
  send(message: ToPython): void;
  listen(listener: (message: ToPage, buffers: DataView[]) => void): () => void;
}

const CLOSE_AFTER_MS = 3_000;
/** More than ten messages a second bring until a pane that nobody shows is closed. */
const MAX_MISSED = 50;
const SLOW_MS = 600;
/** Longer: the first answer of a kernel far away, or one that has only just begun, takes its time. */
const SLOW_HELLO_MS = 2_000;
/** How long after its start a page takes states of panes that it has not opened yet. */
const AHEAD_MS = 10_000;
/** No pane has this key. */
const HELLO = "";

interface Waiting {
  pane: Pane;
  resolve(result: never): void;
  reject(error: unknown): void;
}

export class Circle {
  readonly page = randomName();
  root: { view: string; args: Args } | undefined;
  memory: Record<string, Json> = {};
  /** What is typed and not in the file yet. */
  drafts = new Drafts("");
  /** Empty while all is well; else why nothing will be answered any more. */
  ended = "";
  /** Why nothing comes for now, while the page has no way to the kernel; empty while it has. */
  away = "";
  /** True when a hello was said in vain for long: nobody may be there to answer it. */
  unheard = false;
  /** True while a wish has waited long enough that the person should be told. */
  slow = false;
  onShow: ((view: string, args: Args) => void) | undefined;
  private readonly panes = new Map<string, Pane>();
  /** States of panes that nobody has opened yet: Python tells them ahead of its welcome. */
  private readonly ahead = new Map<string, { version: number; state: unknown }>();
  private readonly waiting = new Map<string, Waiting>();
  /** How to stop saying again what Python has not answered: the hello, and the opening of each pane. */
  private readonly insisting = new Map<string, () => void>();
  private readonly listeners = new Set<() => void>();
  private readonly wire: Wire;
  private readonly unlisten: () => void;
  private count = 0;
  private turn = 0;
  private readonly begun = performance.now();
  private slowTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(wire: Wire) {
    this.wire = wire;
    this.unlisten = wire.listen((message, buffers) => this.receive(message, buffers));
  }

  hello(): void {
    const turn = ++this.turn;
    const say = (): void => this.wire.send({ kind: "hello", page: this.page, turn });
    const despair = (): void => {
      this.unheard = true;
      this.notify();
    };
    this.insist(HELLO, say, despair);
    if (!this.root) this.watchSlowness(SLOW_HELLO_MS);
  }

  /** The pane of a view with its arguments; the same one for all that show it. Call `release` when done. */
  open<State>(view: string, args: Args = {}): Pane<State> {
    const key = `${view}:${JSON.stringify(args)}`;
    let pane = this.panes.get(key);
    if (!pane) {
      pane = new Pane(this, key, view, args);
      this.panes.set(key, pane);
      const known = this.ahead.get(key);
      if (known) Object.assign(pane, known);
      this.ahead.delete(key);
      this.openInPython(pane, known !== undefined);
    }
    pane.users += 1;
    return pane as Pane<State>;
  }

  private openInPython({ key, view, args }: Pane<never> | Pane, isKnown: boolean): void {
    const turn = ++this.turn;
    const known = isKnown ? { known: true as const } : {};
    this.insist(key, () => this.wire.send({ kind: "open", page: this.page, turn, pane: key, view, args, ...known }));
  }

  private closeInPython({ key }: Pane<never> | Pane): void {
    this.wire.send({ kind: "close", page: this.page, turn: ++this.turn, pane: key });
  }

  private insist(about: string, say: () => void, despair?: () => void): void {
    this.isAnswered(about);
    if (!this.ended) this.insisting.set(about, insist(say, despair));
  }

  private isAnswered(about: string): void {
    this.insisting.get(about)?.();
    this.insisting.delete(about);
  }

  release(pane: Pane<never> | Pane): void {
    pane.users -= 1;
    setTimeout(() => {
      // Its key may be another pane's by now: opened anew after this one was closed.
      if (pane.users > 0 || this.panes.get(pane.key) !== pane) return;
      this.panes.delete(pane.key);
      this.isAnswered(pane.key);
      this.closeInPython(pane);
    }, CLOSE_AFTER_MS);
  }

  /** Keep a layout choice in the widget, so that a reload of the page finds it again. */
  remember(key: string, value: Json): void {
    if (JSON.stringify(this.memory[key]) === JSON.stringify(value)) return;
    this.memory[key] = value;
    this.wire.send({ kind: "remember", key, value });
  }

  wish<Result>(pane: Pane, name: string, args: Args): Promise<Result> {
    const obstacle = this.ended || this.away;
    if (obstacle) return Promise.reject(new WishError({ text: obstacle, field: "" }));
    const id = `${this.page}-${++this.count}`;
    return new Promise<Result>((resolve, reject) => {
      this.waiting.set(id, { pane, resolve: resolve as (result: never) => void, reject });
      this.wire.send({ kind: "wish", id, pane: pane.key, name, args, version: pane.version });
      this.watchSlowness(SLOW_MS);
    });
  }

  private watchSlowness(wait: number): void {
    this.slowTimer ??= setTimeout(() => {
      this.slow = this.isWaiting;
      this.notify();
    }, wait);
  }

  private get isWaiting(): boolean {
    return this.waiting.size > 0 || (!this.root && !this.ended && !this.away);
  }

  end(reason: string): void {
    if (this.ended) return;
    this.ended = reason;
    this.refuseAll(reason);
    this.notify();
  }

  /** The way to the kernel is cut: what was asked has no answer, and what is shown grows old. */
  leave(reason: string): void {
    if (this.ended || this.away === reason) return;
    this.away = reason;
    this.refuseAll(reason);
    this.notify();
  }

  /** The way is there again: say hello anew, and be told all. Until the answer comes, say `reason`. */
  comeBack(reason: string): void {
    if (this.ended || !this.away) return;
    this.away = reason;
    this.hello();
    for (const pane of this.panes.values()) this.openInPython(pane, false);
    this.notify();
  }

  private keepAhead({ pane, version, state }: { pane: string; version: number; state: unknown }): void {
    if (performance.now() - this.begun > AHEAD_MS) return this.ahead.clear();
    this.ahead.set(pane, { version, state });
  }

  private refuseAll(reason: string): void {
    for (const waiting of this.waiting.values()) waiting.reject(new WishError({ text: reason, field: "" }));
    this.waiting.clear();
    this.beSilent();
    this.settle();
  }

  private beSilent(): void {
    for (const about of [...this.insisting.keys()]) this.isAnswered(about);
  }

  dispose(): void {
    this.beSilent();
    for (const pane of this.panes.values()) if (!this.ended) this.closeInPython(pane);
    this.panes.clear();
    this.unlisten();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private notify(): void {
    for (const listener of [...this.listeners]) listener();
  }

  private settle(): void {
    if (this.isWaiting) return;
    clearTimeout(this.slowTimer);
    this.slowTimer = undefined;
    if (!this.slow) return;
    this.slow = false;
    this.notify();
  }

  private receive(message: ToPage, buffers: DataView[]): void {
    switch (message.kind) {
      case "welcome":
        if (message.page !== this.page) return;
        this.isAnswered(HELLO);
        this.unheard = false;
        this.away = "";
        if (this.root) return this.notify();
        this.root = { view: message.view, args: message.args };
        this.settle();
        this.memory = message.memory;
        this.drafts = new Drafts(message.file);
        return this.notify();
      case "opened":
        if (message.page === this.page) this.isAnswered(message.pane);
        return;
      case "state": {
        const pane = this.panes.get(message.pane);
        if (!pane) {
          this.keepAhead(message);
          return;
        }
        pane.state = message.state;
        pane.version = message.version;
        if (pane.problem?.field === "(state)") pane.problem = undefined;
        return pane.notify();
      }
      case "failed": {
        const pane = this.panes.get(message.pane);
        if (!pane) return;
        pane.problem = { ...message.error, field: "(state)" };
        return pane.notify();
      }
      case "stream":
        return this.panes.get(message.pane)?.hear(message.topic, message.body, buffers);
      case "reply": {
        const waiting = this.waiting.get(message.id);
        if (!waiting) return;
        this.waiting.delete(message.id);
        if (message.ok) waiting.resolve(message.result as never);
        else waiting.reject(new WishError(message.error));
        return this.settle();
      }
      case "show":
        return this.onShow?.(message.view, message.args);
      case "closed":
        return this.end(message.reason);
      case "asset":
        return;
    }
  }
}
