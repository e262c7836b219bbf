/** The texts of the bundles: asked for until they come, shared by all who want them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Model, textOf } from "../src/texts.ts";

type Hear = (message: unknown, buffers: DataView[]) => void;

/** A widget whose kernel gives what it is asked for once `answer` is called. */
function made(hash: string) {
  const asked: unknown[] = [];
  const listeners = new Set<Hear>();
  const model = {
    get: () => ({ app: hash }),
    send: (content: unknown) => asked.push(content),
    on: (_: string, hear: Hear) => listeners.add(hear),
    off: (_: string, hear: Hear) => listeners.delete(hear),
  } as unknown as Model;
  const answer = (text: string, its = hash): void => {
    const bytes = new TextEncoder().encode(text);
    for (const hear of [...listeners]) hear({ kind: "asset", name: "app", hash: its }, [new DataView(bytes.buffer)]);
  };
  return { model, asked, listeners, answer };
}

test("a text is asked for once and kept", async () => {
  const one = made("a");
  const first = textOf(one.model, "app");
  const second = textOf(one.model, "app");
  one.answer("other", "b");
  one.answer("text");
  assert.deepEqual([await first, await second, await textOf(one.model, "app")], ["text", "text", "text"]);
  const [{ page, turn }] = one.asked as [{ page: string; turn: number }];
  assert.deepEqual([one.asked, one.listeners.size], [[{ kind: "asset", page, turn, name: "app" }], 0]);
  const other = made("a");
  assert.equal(await textOf(other.model, "app"), "text");
  assert.deepEqual([other.asked, other.listeners.size], [[], 0]);
});

test("a text that does not come is asked for again, and comes whenever it does", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { model, asked, answer } = made("late");
  const text = textOf(model, "app");
  const seen = [1_000, 3_000, 11_000, 600_000].map((wait) => {
    t.mock.timers.tick(wait);
    return asked.length;
  });
  assert.deepEqual(seen, [2, 3, 4, 4]);
  assert.deepEqual(asked, Array(4).fill(asked[0]), "each time with the same turn");
  answer("text");
  assert.equal(await text, "text");
});

test("a kernel that is gone is asked in vain, and another one brings the text", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const [gone, alive] = [made("brought"), made("brought")];
  gone.model.send = () => {
    throw new Error("Cannot send");
  };
  const text = textOf(gone.model, "app");
  t.mock.timers.tick(60_000);
  void textOf(alive.model, "app");
  t.mock.timers.tick(4_000);
  alive.answer("text");
  assert.equal(await text, "text");
});

test("who waits for another widget's kernel asks its own when nothing comes", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const [gone, alive] = [made("shared"), made("shared")];
  const texts = [textOf(gone.model, "app"), textOf(alive.model, "app")];
  assert.deepEqual(alive.asked, []);
  t.mock.timers.tick(3_999);
  assert.deepEqual(alive.asked, []);
  t.mock.timers.tick(1);
  assert.equal(alive.asked.length, 1);
  alive.answer("text");
  assert.deepEqual(await Promise.all(texts), ["text", "text"]);
  t.mock.timers.tick(60_000);
  assert.deepEqual([gone.asked.length, alive.asked.length], [3, 1]);
});
