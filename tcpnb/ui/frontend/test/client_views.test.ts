import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase64 } from "../src/bytes/bytes.ts";
import { age, asText, type Connection, filtered, stateWords, tlsWords } from "../src/views/connections/table.ts";
import { asides, Transcripts, type WireLine } from "../src/views/test_client/transcript.ts";

const line = (number: number, way: WireLine[2], text: string | Uint8Array, words = "", cuts: number[] = []): WireLine => {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return [number, number * 100, way, toBase64(bytes), bytes.length, words, cuts];
};

test("a transcript takes each line once, in order, and is bounded", () => {
  const all = new Transcripts();
  all.add({ "1": [line(1, "note", "", "connected"), line(2, "out", "a")], "2": [line(1, "in", "x")] });
  all.add({ "1": [line(1, "note", "", "connected"), line(2, "out", "a"), line(3, "in", "b")] });
  assert.deepEqual(all.lines(1).map((each) => each.number), [1, 2, 3]);
  assert.equal(all.news(1, 2), 1);
  assert.equal(all.news(2, 0), 1);
  all.add({ "2": Array.from({ length: 3000 }, (_, index) => line(index + 2, "in", "x")) });
  assert.equal(all.lines(2).length, 2000);
  assert.equal(all.lines(2).at(-1)?.number, 3001);
  all.keep([2]);
  assert.equal(all.lines(1).length, 0);
});

test("what stands small under a line", () => {
  const all = new Transcripts();
  all.add({
    "1": [
      line(1, "out", "hello", "sent in 2 pieces, 50 ms apart", [2]),
      line(2, "in", "hello"),
      line(3, "out", Uint8Array.of(0xff, 0xfe, 0x0a)),
      line(4, "note", "", "closed"),
      [5, 1, "in", toBase64(new Uint8Array(4)), 9000, "", []],
    ],
  });
  const lines = all.lines(1);
  assert.deepEqual(asides(lines, 0), ["sent in 2 pieces, 50 ms apart"]);
  assert.deepEqual(asides(lines, 1), ["100 ms after the first piece"]);
  assert.deepEqual(asides(lines, 2), ["hex: ff fe 0a"]);
  assert.deepEqual(asides(lines, 3), []);
  assert.deepEqual(asides(lines, 4), ["hex: 00 00 00 00", "the first 4 of 9,000 bytes"]);
});

const row = (id: number, more: Partial<Connection> = {}): Connection => ({
  id, listener: "tcp_listener", peer: `127.0.0.1:${5000 + id}`, state: "open", paused: "", tls: "", received: 10, sent: 20, unsent: 0, since: 1_000, class: "Chat", variables: [], ...more,
});

test("the table filters by peer, number and variable", () => {
  const rows = [row(1, { variables: [["nickname", "'dora'"]] }), row(2), row(12)];
  const cases: [string, number[]][] = [
    ["", [1, 2, 12]],
    ["DORA", [1]],
    ["nickname=", [1]],
    ["5002", [2]],
    ["#12", [12]],
    ["chat tcp", [1, 2, 12]],
    ["nobody", []],
  ];
  for (const [text, ids] of cases) assert.deepEqual(filtered(rows, text).map((each) => each.id), ids, text);
});

test("a state in words; a peer that is not read says so, and is found by it", () => {
  const rows = [row(1), row(2, { state: "greeting" }), row(3, { state: "busy", paused: "a handler is at work" }), row(4, { state: "peer_ended" })];
  assert.deepEqual(rows.map(stateWords), ["open", "connecting", "reading paused", "peer ended"]);
  assert.deepEqual(filtered(rows, "paused").map((each) => each.id), [3]);
});

test("ages, TLS and the copied text", () => {
  assert.deepEqual([-5, 0, 7_000, 761_000, 3_723_000, 273_600_000].map(age), ["0:00", "0:00", "0:07", "12:41", "1:02:03", "3 d 4 h"]);
  assert.deepEqual(["", "TLSv1.3 TLS_AES_256_GCM_SHA384", "TLS 1.2"].map(tlsWords), ["none", "1.3", "1.2"]);
  assert.equal(asText([row(1)], 8_000).split("\n")[1], "1\t127.0.0.1:5001\ttcp_listener\topen\tnone\t10\t20\t0\t0:07\t");
});
