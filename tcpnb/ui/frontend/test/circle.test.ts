/** The page's half of the message circle. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Circle, type Wire, WishError, problemOf } from "../src/app/circle.ts";
import { leaveGuard } from "../src/app/guard.ts";
import type { ToPage, ToPython } from "../src/app/messages.ts";

function made() {
  const sent: ToPython[] = [];
  let listener: (message: ToPage, buffers: DataView[]) => void = () => undefined;
  const wire: Wire = {
    send: (message) => sent.push(message),
    listen: (hear) => {
      listener = hear;
      return () => {
        listener = () => undefined;
      };
    },
  };
  const circle = new Circle(wire);
  return { circle, sent, hear: (message: ToPage, buffers: DataView[] = []) => listener(message, buffers) };
}

const last = (sent: ToPython[]): ToPython & { id: string } => sent.at(-1) as ToPython & { id: string };

test("hello is answered for this page only", () => {
  const { circle, sent, hear } = made();
  circle.hello();
  assert.deepEqual(sent, [{ kind: "hello", page: circle.page, turn: 1 }]);
  hear({ kind: "welcome", page: "another", view: "log", args: {}, file: "/a/echo.py", memory: {} });
  assert.equal(circle.root, undefined);
  hear({ kind: "welcome", page: circle.page, view: "studio", args: { a: 1 }, file: "/a/echo.py", memory: { tab: "log" } });
  assert.deepEqual(circle.root, { view: "studio", args: { a: 1 } });
  assert.equal(circle.memory["tab"], "log");
});

test("a pane opens once for all that show it and holds the newest state", () => {
  const { circle, sent, hear } = made();
  const pane = circle.open<{ n: number }>("service", { service: "A" });
  assert.equal(circle.open("service", { service: "A" }), pane);
  assert.notEqual(circle.open("service", { service: "B" }), pane);
  assert.equal(sent.filter((message) => message.kind === "open").length, 2);
  let seen = 0;
  pane.subscribe(() => {
    seen += 1;
  });
  hear({ kind: "state", pane: pane.key, version: 3, state: { n: 7 } });
  assert.deepEqual([pane.state, pane.version, seen], [{ n: 7 }, 3, 1]);
  hear({ kind: "state", pane: "nobody", version: 4, state: {} });
  assert.equal(seen, 1);
});

test("what is not answered is said again, the same, and what is answered is not", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { circle, sent, hear } = made();
  circle.hello();
  t.mock.timers.tick(1_000);
  assert.deepEqual(sent, Array(2).fill({ kind: "hello", page: circle.page, turn: 1 }));
  hear({ kind: "welcome", page: "another", view: "log", args: {}, file: "/a/echo.py", memory: {} });
  t.mock.timers.tick(3_000);
  assert.equal(sent.length, 3);
  hear({ kind: "welcome", page: circle.page, view: "log", args: {}, file: "/a/echo.py", memory: {} });
  t.mock.timers.tick(60_000);
  assert.equal(sent.length, 3);
  sent.length = 0;
  const pane = circle.open("log");
  t.mock.timers.tick(1_000);
  assert.deepEqual(sent, Array(2).fill({ kind: "open", page: circle.page, turn: 2, pane: pane.key, view: "log", args: {} }));
  // What another page of the same view is told is no answer to this one.
  hear({ kind: "state", pane: pane.key, version: 1, state: 1 });
  hear({ kind: "opened", page: "another", pane: pane.key });
  t.mock.timers.tick(3_000);
  assert.equal(sent.length, 3);
  hear({ kind: "opened", page: circle.page, pane: pane.key });
  t.mock.timers.tick(60_000);
  assert.equal(sent.length, 3);
});

test("nothing is said again to a kernel that is gone or out of reach, nor of a pane that is closed", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (const silence of ["end", "leave", "dispose"] as const) {
    const { circle, sent } = made();
    circle.hello();
    circle.open("log");
    circle[silence]("for a reason");
    sent.length = 0;
    t.mock.timers.tick(60_000);
    assert.deepEqual([silence, sent], [silence, []]);
  }
  const { circle, sent } = made();
  circle.release(circle.open("log"));
  t.mock.timers.tick(60_000);
  assert.deepEqual(
    sent.map((message) => [message.kind, (message as { turn: number }).turn]),
    [["open", 1], ["open", 1], ["close", 2]],
  );
  circle.end("gone");
  sent.length = 0;
  circle.open("types");
  assert.deepEqual(sent, []);
});

test("a hello that takes long is told, until it is answered", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { circle, hear } = made();
  let told = 0;
  circle.subscribe(() => {
    told += 1;
  });
  circle.hello();
  t.mock.timers.tick(1_999);
  assert.deepEqual([circle.slow, told], [false, 0]);
  t.mock.timers.tick(1);
  assert.deepEqual([circle.slow, told], [true, 1]);
  hear({ kind: "welcome", page: circle.page, view: "log", args: {}, file: "/a/echo.py", memory: {} });
  assert.equal(circle.slow, false);
  t.mock.timers.tick(60_000);
  assert.deepEqual([circle.slow, circle.unheard], [false, false]);
});

test("a hello that nobody answers is given up in words, until it is answered after all", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { circle, hear } = made();
  circle.hello();
  t.mock.timers.tick(19_999);
  assert.equal(circle.unheard, false);
  t.mock.timers.tick(1);
  assert.equal(circle.unheard, true);
  hear({ kind: "welcome", page: circle.page, view: "log", args: {}, file: "/a/echo.py", memory: {} });
  assert.deepEqual([circle.slow, circle.unheard], [false, false]);
});

test("nothing is waited for where the kernel is gone or out of reach", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (const silence of ["end", "leave"] as const) {
    const { circle } = made();
    circle.hello();
    t.mock.timers.tick(2_000);
    assert.equal(circle.slow, true);
    circle[silence]("for a reason");
    t.mock.timers.tick(60_000);
    assert.deepEqual([silence, circle.slow, circle.unheard], [silence, false, false]);
  }
});

test("a pane that is opened anew outlives every release of the one before", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { circle, sent, hear } = made();
  const before = circle.open("types");
  hear({ kind: "opened", page: circle.page, pane: before.key });
  circle.release(before);
  t.mock.timers.tick(2_000);
  assert.equal(circle.open("types"), before);
  circle.release(before);
  t.mock.timers.tick(1_500);
  const anew = circle.open<number>("types");
  assert.notEqual(anew, before);
  hear({ kind: "opened", page: circle.page, pane: anew.key });
  t.mock.timers.tick(10_000);
  hear({ kind: "state", pane: anew.key, version: 1, state: 5 });
  assert.equal(anew.state, 5);
  assert.deepEqual(sent.map((message) => message.kind), ["open", "close", "open"]);
  circle.release(anew);
  t.mock.timers.tick(3_000);
  assert.equal(last(sent).kind, "close");
});

test("what a stream brings while nobody listens is heard by who listens next", () => {
  const { circle, hear } = made();
  const pane = circle.open("log");
  const bring = (body: number): void => hear({ kind: "stream", pane: pane.key, topic: "log", body });
  const heard: unknown[] = [];
  bring(1);
  const stop = pane.on("log", (body) => heard.push(body));
  bring(2);
  stop();
  bring(3);
  pane.on("log", (body) => heard.push(body));
  pane.on("log", (body) => heard.push(`also ${body}`));
  bring(4);
  assert.deepEqual(heard, [1, 2, 3, 4, "also 4"]);
});

test("what Python tells ahead is there when its pane is opened", () => {
  const { circle, sent, hear } = made();
  circle.hello();
  hear({ kind: "state", pane: "studio:{}", version: 2, state: { n: 1 } });
  hear({ kind: "state", pane: "studio:{}", version: 3, state: { n: 2 } });
  const pane = circle.open<{ n: number }>("studio");
  assert.deepEqual([pane.state, pane.version], [{ n: 2 }, 3]);
  assert.deepEqual(sent.at(-1), { kind: "open", page: circle.page, turn: 2, pane: "studio:{}", view: "studio", args: {}, known: true });
  circle.open("log");
  assert.deepEqual(sent.at(-1), { kind: "open", page: circle.page, turn: 3, pane: "log:{}", view: "log", args: {} });
});

test("a wish carries the version that was seen, and waits for its own reply", async () => {
  const { circle, sent, hear } = made();
  const pane = circle.open("service");
  hear({ kind: "state", pane: pane.key, version: 5, state: {} });
  const first = pane.wish<number>("edit", { a: 1 });
  const one = last(sent);
  assert.deepEqual([one.kind, (one as { version: number }).version], ["wish", 5]);
  const second = pane.wish<number>("edit");
  const two = last(sent);
  hear({ kind: "reply", id: two.id, ok: true, result: 2 });
  hear({ kind: "reply", id: "other-page-1", ok: true, result: 99 });
  hear({ kind: "reply", id: one.id, ok: false, error: { text: "no", field: "port" } });
  assert.equal(await second, 2);
  await assert.rejects(first, (error: unknown) => error instanceof WishError && error.problem.field === "port");
});

test("a failed wish that nobody waits for is shown by its pane", async () => {
  const { circle, sent, hear } = made();
  const pane = circle.open("service");
  pane.do("start");
  hear({ kind: "reply", id: last(sent).id, ok: false, error: { text: "port 80 is taken", field: "" } });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(pane.problem?.text, "port 80 is taken");
  pane.dismiss();
  assert.equal(pane.problem, undefined);
});

test("a state that could not be made is a problem until the next one", () => {
  const { circle, hear } = made();
  const pane = circle.open("service");
  hear({ kind: "failed", pane: pane.key, error: { text: "broken", field: "" } });
  assert.equal(pane.problem?.text, "broken");
  hear({ kind: "state", pane: pane.key, version: 1, state: {} });
  assert.equal(pane.problem, undefined);
});

test("streams reach who listens, with their buffers", () => {
  const { circle, hear } = made();
  const pane = circle.open("log");
  const heard: unknown[] = [];
  const stop = pane.on("rows", (body, buffers) => heard.push([body, buffers.length]));
  hear({ kind: "stream", pane: pane.key, topic: "rows", body: [1] }, [new DataView(new ArrayBuffer(1))]);
  hear({ kind: "stream", pane: pane.key, topic: "other", body: [2] });
  stop();
  hear({ kind: "stream", pane: pane.key, topic: "rows", body: [3] });
  assert.deepEqual(heard, [[[1], 1]]);
});

test("when the kernel is gone every wish is refused with the reason", async () => {
  const { circle } = made();
  const pane = circle.open("service");
  const waiting = pane.wish("start");
  circle.end("The kernel restarted.");
  await assert.rejects(waiting, /restarted/);
  await assert.rejects(pane.wish("stop"), /restarted/);
});

test("a way to the kernel that was cut is taken up again, and all is told anew", async () => {
  const { circle, sent, hear } = made();
  const pane = circle.open<{ n: number }>("service", { service: "A" });
  hear({ kind: "welcome", page: circle.page, view: "studio", args: {}, file: "/a/echo.py", memory: {} });
  const wish = pane.wish("edit");
  circle.leave("cut");
  await assert.rejects(wish, /cut/);
  await assert.rejects(pane.wish("edit"), /cut/);
  sent.length = 0;
  circle.comeBack("no answer yet");
  assert.equal(circle.away, "no answer yet");
  assert.deepEqual(sent.map((message) => message.kind), ["hello", "open"]);
  circle.drafts.put("create", "port", "1");
  const drafts = circle.drafts;
  hear({ kind: "welcome", page: circle.page, view: "studio", args: {}, file: "/a/echo.py", memory: { tab: "older" } });
  assert.deepEqual([circle.away, circle.memory["tab"], circle.drafts === drafts], ["", undefined, true]);
  hear({ kind: "state", pane: pane.key, version: 4, state: { n: 1 } });
  assert.deepEqual(pane.state, { n: 1 });
  sent.length = 0;
  circle.comeBack("no answer yet");
  assert.equal(sent.length, 0);
  circle.end("gone");
  circle.leave("cut");
  circle.comeBack("no answer yet");
  assert.deepEqual([circle.away, sent.length], ["", 0]);
});

test("layout is remembered once for each change", () => {
  const { circle, sent } = made();
  circle.remember("tree", 208);
  circle.remember("tree", 208);
  circle.remember("tree", 240);
  assert.deepEqual(
    sent.map((message) => (message as { value: number }).value),
    [208, 240],
  );
});

test("any error becomes a problem in words", () => {
  assert.deepEqual(problemOf(new TypeError("x")), { text: "TypeError: x", field: "" });
  assert.deepEqual(problemOf("odd"), { text: "odd", field: "" });
});

test("a view is left only when nobody minds", async () => {
  const guard = leaveGuard();
  assert.equal(await guard.mayLeave(), true);
  const end = guard.add(() => Promise.resolve(false));
  assert.equal(await guard.mayLeave(), false);
  end();
  assert.equal(await guard.mayLeave(), true);
});
