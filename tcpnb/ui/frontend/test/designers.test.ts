/** The palette, the picture's arrow keys, live values and unsaved changes: logic without a page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { changed } from "../src/views/class/model.ts";
import { consequence, countChanges, isChanged, kept, type ListenerState, type ListenerValues, restored } from "../src/views/config/model.ts";
import { choicesOf, search } from "../src/views/flow/choices.ts";
import type { Palette } from "../src/views/flow/model.ts";
import { fit, nearest } from "../src/views/types/nearest.ts";

const field = (name: string, value = "") => ({ name, label: name, required: true, editor: "expression" as const, default: value, help: "" });
const kind = (label: string, section: string, fields = [] as ReturnType<typeof field>[], inLoop = false) => {
  return { label, section, help: `${label} helps`, awaits: false, inLoop, fields, blocks: [] };
};
const PALETTE: Palette = {
  sections: ["Connections", "Control"],
  kinds: {
    write_bytes: kind("Write Bytes", "Connections", [field("caller", "caller"), field("data", 'b""')]),
    client_read: kind("Client Read Bytes", "Connections", [field("client", "tcp_client")]),
    if: kind("If", "Control"),
    break: kind("Break", "Control", [], true),
    return: kind("Return", "Control", [field("expression")]),
  },
};
const name = (text: string, type: string) => ({ name: text, kind: "variable", type, signature: "", doc: "" });

test("the palette has a row for each caller and client in scope", () => {
  const labels = choicesOf(PALETTE, false, [name("caller", "tcp.Caller"), name("peer", "tcp.Caller | None"), name("redis", "tcp.Client")]).map(
    (each) => `${each.label} ${each.about}`.trim(),
  );
  assert.deepEqual(labels, ["Write Bytes caller", "Write Bytes peer", "Client Read Bytes redis", "If", "Return"]);
});

test("without a client in scope there are no client rows, in a loop there is Break", () => {
  const labels = choicesOf(PALETTE, true, []).map((each) => each.label);
  assert.deepEqual(labels, ["Write Bytes", "If", "Break", "Return"]);
});

test("a row brings the defaults of its fields", () => {
  const [row] = choicesOf(PALETTE, false, [name("peer", "tcp.Caller")]);
  assert.deepEqual(row?.fields, { caller: "peer", data: 'b""' });
});

test("the best hit of a search comes first", () => {
  const all = choicesOf(PALETTE, true, [name("caller", "tcp.Caller")]);
  assert.deepEqual(
    search(all, "re").map((each) => each.label),
    ["Return", "Break"].filter((label) => search(all, "re").some((each) => each.label === label)),
  );
  assert.equal(search(all, "write caller")[0]?.label, "Write Bytes");
  assert.deepEqual(search(all, "nothing like it"), []);
  assert.equal(search(all, "").length, all.length);
});

test("an arrow key leads to the nearest box in its direction", () => {
  const box = (id: string, x: number, y: number) => ({ name: id, x, y, width: 100, height: 50 });
  const boxes = [box("a", 0, 0), box("b", 0, 100), box("c", 200, 20), box("d", 400, 300)];
  assert.equal(nearest(boxes, "a", "ArrowRight"), "c");
  assert.equal(nearest(boxes, "a", "ArrowDown"), "b");
  assert.equal(nearest(boxes, "c", "ArrowLeft"), "a");
  assert.equal(nearest(boxes, "a", "ArrowLeft"), undefined);
  assert.equal(nearest(boxes, "gone", "ArrowLeft"), "a");
  assert.equal(nearest(boxes, "a", "Enter"), undefined);
});

test("a picture is fitted but never enlarged", () => {
  assert.equal(fit({ width: 100, height: 100 }, { width: 800, height: 600 }), 1);
  assert.equal(fit({ width: 1536, height: 100 }, { width: 800, height: 600 }), 0.5);
  assert.equal(fit({ width: 0, height: 0 }, { width: 800, height: 600 }), 1);
});

test("only values that were there before can have changed", () => {
  const row = (id: number, count: string) => ({ id, peer: "", listener: "", state: "open", variables: [["count", count]] as [string, string][] });
  assert.deepEqual([...changed([row(1, "0"), row(2, "0")], [row(1, "1"), row(2, "0"), row(3, "5")])], ["1.count"]);
});

const VALUES: ListenerValues = {
  name: "tcp_listener",
  port: "80",
  host: "",
  secure: { mode: "none", options: {}, versions: [], expression: "", client: false },
  limits: { values: { idle: "", max_connections: "200" }, expression: "" },
};
const LISTENER: ListenerState = { name: "tcp_listener", values: VALUES, reach: "", state: "listening", address: "127.0.0.1:80", error: "", words: "", connections: 3 };

test("counts changes field by field", () => {
  assert.equal(isChanged(undefined, VALUES), false);
  assert.equal(isChanged(structuredClone(VALUES), VALUES), false);
  const draft = { ...VALUES, port: "81", limits: { values: { idle: "5", max_connections: "1" }, expression: "" } };
  assert.equal(isChanged(draft, VALUES), true);
  assert.equal(countChanges(draft, VALUES), 3);
});

test("says what saving does to what runs", () => {
  assert.equal(consequence({ tcp_listener: { ...VALUES, port: "81" } }, [LISTENER]), "tcp_listener restarts on port 81; its 3 connections close first.");
  assert.equal(consequence({ tcp_listener: { ...VALUES, name: "other" } }, [LISTENER]), "other keeps serving under its new name.");
  assert.equal(
    consequence({ tcp_listener: { ...VALUES, host: "::1" } }, [{ ...LISTENER, state: "stopped" }]),
    "tcp_listener is stopped: the next start takes it.",
  );
  assert.equal(consequence({}, [LISTENER]), "");
});

test("a draft that was kept without its password's place gets it back from the file", () => {
  const secure = { mode: "files" as const, options: { cert_file: "a.pem", key_password: "KEY" }, versions: [], expression: "", client: false };
  const values = { name: "tcp_listener", port: "80", host: "", secure, limits: { values: {}, expression: "" } };
  const listener = { name: "tcp_listener", values, reach: "", state: "stopped", address: "", error: "", words: "", connections: 0 };
  const draft = { ...values, port: "81", secure: { ...secure, options: { cert_file: "b.pem" } } };
  const found = restored({ tcp_listener: draft, gone_listener: draft }, [listener]);
  assert.deepEqual(Object.keys(found), ["tcp_listener"]);
  assert.deepEqual(found["tcp_listener"]?.secure.options, { cert_file: "b.pem", key_password: "KEY" });
  assert.equal(kept(undefined, secure), secure);
});
