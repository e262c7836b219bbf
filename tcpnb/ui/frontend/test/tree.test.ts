/** The project tree's rows and keys, without a page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { heightsIn } from "../src/views/studio/room.ts";
import { folded, type Folding, led, OVERVIEW, rowsOf, selectedRow } from "../src/views/studio/rows.ts";
import type { TreeGroup, TreeItem } from "../src/views/studio/types.ts";

const item = (name: string, view = "class", args: Record<string, unknown> = { name }): TreeItem => ({ name, icon: "box", view, args, errors: 0 });
const method = (owner: string, name: string): TreeItem => ({ ...item(name, "flow", { handler: `${owner}.${name}` }), path: `${owner}.${name}` });
const owner = (name: string, ...methods: string[]): TreeItem => ({ ...item(name), methods: methods.map((one) => method(name, one)) });
const GROUPS: TreeGroup[] = [
  { name: "Listeners", items: [item("tcp_listener", "config", { listener: "tcp_listener" })] },
  { name: "Types", items: [owner("Echo", "on_bytes", "on_close"), owner("Plain")] },
];
const OPEN: Folding = { closed: [], opened: [] };
const keys = (folding: Folding) => rowsOf(GROUPS, folding).map((row) => row.key);

test("a class has its methods under it, and a folded one has none", () => {
  assert.deepEqual(keys(OPEN), ["Listeners", "Listeners/tcp_listener", "Types", "Types/Echo", "Types/Echo.on_bytes", "Types/Echo.on_close", "Types/Plain"]);
  assert.deepEqual(keys(folded(OPEN, "Types/Echo", false)), ["Listeners", "Listeners/tcp_listener", "Types", "Types/Echo", "Types/Plain"]);
  assert.deepEqual(keys(folded(OPEN, "Types", false)), ["Listeners", "Listeners/tcp_listener", "Types"]);
  assert.deepEqual(folded(folded(OPEN, "Types", false), "Types", true), { closed: [], opened: ["Types"] });
  assert.equal(rowsOf(GROUPS, OPEN).at(-1)?.open, undefined);
});

test("the overview is a row of its own: it leads to its view, and nothing folds", () => {
  const rows = rowsOf([OVERVIEW, ...GROUPS], OPEN);
  assert.deepEqual([rows[0]?.key, rows[0]?.open, rows[1]?.key], ["Overview", undefined, "Listeners"]);
  assert.equal(selectedRow(rows, { view: "overview", args: {} })?.key, "Overview");
  assert.equal(selectedRow(rows, { view: "types", args: {} })?.key, "Types");
  assert.equal(led(rows, "Overview", "ArrowRight"), undefined);
  assert.equal(led(rows, "Overview", "ArrowLeft"), undefined);
  assert.deepEqual(led(rows, "Listeners", "ArrowUp"), { to: "Overview" });
});

test("of many classes the methods come when asked for", () => {
  const many: TreeGroup[] = [{ name: "Types", items: Array.from({ length: 30 }, (_, index) => owner(`Class${index}`, "on_bytes")) }];
  assert.equal(rowsOf(many, OPEN).length, 31);
  assert.equal(rowsOf(many, folded(OPEN, "Types/Class7", true)).length, 32);
});

test("the keys of a tree", () => {
  const rows = rowsOf(GROUPS, OPEN);
  const cases: [string, string, unknown][] = [
    ["Types/Echo", "ArrowDown", { to: "Types/Echo.on_bytes" }],
    ["Types/Echo", "ArrowRight", { to: "Types/Echo.on_bytes" }],
    ["Types/Echo", "ArrowLeft", { fold: "Types/Echo", open: false }],
    ["Types/Echo.on_close", "ArrowLeft", { to: "Types/Echo" }],
    ["Types/Echo.on_close", "ArrowRight", undefined],
    ["Types/Plain", "ArrowRight", undefined],
    ["Types/Plain", "ArrowLeft", { to: "Types" }],
    ["Types/Plain", "ArrowDown", undefined],
    ["Listeners", "ArrowUp", undefined],
    ["Types", "Home", { to: "Listeners" }],
    ["Types", "End", { to: "Types/Plain" }],
    ["Types/Echo", "o", { to: "Types/Echo.on_bytes" }],
    ["Types/Echo.on_bytes", "o", { to: "Types/Echo.on_close" }],
    ["Types/Echo.on_close", "o", { to: "Types/Echo.on_bytes" }],
    ["Types", "q", undefined],
    ["Types", "Tab", undefined],
    ["gone", "ArrowDown", undefined],
  ];
  for (const [at, key, wanted] of cases) assert.deepEqual(led(rows, at, key), wanted, `${key} at ${at}`);
  assert.deepEqual(led(rowsOf(GROUPS, folded(OPEN, "Types/Echo", false)), "Types/Echo", "ArrowRight"), { fold: "Types/Echo", open: true });
});

test("the selected row is the method's, or its class's where that is folded", () => {
  const place = { view: "flow", args: { handler: "Echo.on_close" } };
  assert.equal(selectedRow(rowsOf(GROUPS, OPEN), { ...place, view: "handler" })?.key, "Types/Echo.on_close");
  assert.equal(selectedRow(rowsOf(GROUPS, OPEN), place)?.key, "Types/Echo.on_close");
  assert.equal(selectedRow(rowsOf(GROUPS, folded(OPEN, "Types/Echo", false)), place)?.key, "Types/Echo");
  assert.equal(selectedRow(rowsOf(GROUPS, OPEN), { view: "types", args: {} })?.key, "Types");
  assert.equal(selectedRow(rowsOf(GROUPS, OPEN), { view: "create", args: {} }), undefined);
});

test("the Studio fits into a low window, down to what is of use", () => {
  assert.deepEqual(heightsIn(1400), { main: 480, bottom: 300 });
  const low = heightsIn(800);
  assert.ok(low.main + low.bottom <= 800 - 212 && low.main > 340 && low.bottom >= 240, JSON.stringify(low));
  assert.deepEqual(heightsIn(300), { main: 300, bottom: 240 });
});
