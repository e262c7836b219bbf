import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase64 } from "../src/bytes/bytes.ts";
import { clock, duration, EVERYTHING, label, line, plain, Ring, Row, say, tone, type Batch, type WireRow } from "../src/views/live_log/ring.ts";

const wire = (seq: number, kind = "bytes_received", text = "", connection = 1, more: WireRow[8] = null): WireRow => [
  seq, 1_700_000_000_000 + seq, kind, connection, "tcp_listener", kind.includes("bytes") ? text.length : 0,
  kind.includes("bytes") ? toBase64(new TextEncoder().encode(text)) : "", kind.includes("bytes") ? "" : text, more,
];
const batch = (rows: WireRow[], replay = false): Batch => ({
  rows, replay, counts: { events: rows[rows.length - 1]?.[0] ?? 0, dropped: 0, received: 0, sent: 0 },
});
const seqs = (ring: Ring) => ring.shown.map((row) => row.seq);

test("rows come once, however often they are replayed", () => {
  const ring = new Ring();
  ring.add(batch([wire(1), wire(2)]));
  ring.add(batch([wire(1), wire(2), wire(3)], true));
  assert.deepEqual(seqs(ring), [1, 2, 3]);
});

test("a replay that comes after the first news brings what was before them", () => {
  const ring = new Ring();
  ring.add(batch([wire(8), wire(9)]));
  ring.add(batch([wire(6), wire(7), wire(8), wire(9), wire(10)], true));
  assert.deepEqual(seqs(ring), [6, 7, 8, 9, 10]);
});

test("a log that starts anew replaces what was there", () => {
  const ring = new Ring();
  ring.add(batch([wire(500), wire(501)]));
  ring.add(batch([wire(1), wire(2)], true));
  assert.deepEqual(seqs(ring), [1, 2]);
});

test("the ring is bounded, counts what it let go, and the filtered view loses the same rows", () => {
  const ring = new Ring(100);
  ring.filter({ ...EVERYTHING, connection: 2 });
  for (let seq = 1; seq <= 300; seq++) ring.add(batch([wire(seq, "bytes_received", "x", 1 + (seq % 2))]));
  assert.ok(ring.size <= 110);
  assert.equal(ring.forgotten + ring.size, 300);
  const oldest = 300 - ring.size;
  assert.deepEqual(seqs(ring), Array.from({ length: 300 }, (_, i) => i + 1).filter((seq) => seq % 2 && seq > oldest));
});

test("add tells how many rows left the front, so that a paused view can stay where it is", () => {
  const ring = new Ring(100);
  ring.add(batch(Array.from({ length: 100 }, (_, i) => wire(i + 1))));
  assert.equal(ring.add(batch(Array.from({ length: 30 }, (_, i) => wire(i + 101)))), 30);
  assert.equal(ring.indexOf(31), 0);
  assert.equal(ring.indexOf(131), 100);
});

test("earlier rows take their places, once", () => {
  const ring = new Ring();
  ring.filter({ ...EVERYTHING, connection: 2 });
  ring.add(batch([wire(10, "bytes_sent", "x", 2), wire(20, "bytes_sent", "x", 2)]));
  ring.merge([wire(5, "bytes_sent", "x", 2), wire(10, "bytes_sent", "x", 2), wire(15, "bytes_sent", "x", 3)]);
  assert.deepEqual(seqs(ring), [5, 10, 20]);
  assert.equal(ring.size, 4);
  assert.equal(ring.gap, 20);
  ring.merge([wire(16), wire(17), wire(18), wire(19)]);
  assert.equal(ring.gap, 15);
  assert.equal(new Ring().gap, 0);
});

test("filters: words in any order and case, kind, connection and direction together", () => {
  const ring = new Ring();
  ring.add(batch([
    wire(1, "connected", "", 1, { peer: "127.0.0.1:5000" }),
    wire(2, "bytes_received", "Hello World"),
    wire(3, "frame_received", "Hello World"),
    wire(4, "bytes_sent", "hello", 1),
    wire(5, "bytes_sent", "hello", 2),
    wire(6, "handler_failed", "ValueError: no", 2, { handler: "Echo.on_bytes", file: "echo.py", line: 7, traceback: "T" }),
    wire(7, "log", "quiet", 2, { level: "info" }),
    wire(8, "log", "loud", 2, { level: "error" }),
  ]));
  const cases: [Partial<typeof EVERYTHING>, number[]][] = [
    [{}, [1, 2, 3, 4, 5, 6, 7, 8]],
    [{ text: "WORLD hello" }, [2, 3]],
    [{ text: "5000" }, [1]],
    [{ text: "on_bytes failed" }, [6]],
    [{ way: "in" }, [2, 3]],
    [{ way: "out", connection: 2 }, [5]],
    [{ group: "chunks" }, [2, 4, 5]],
    [{ group: "errors" }, [6, 8]],
    [{ group: "log" }, [7, 8]],
    [{ group: "life" }, [1]],
    [{ text: "   " }, [1, 2, 3, 4, 5, 6, 7, 8]],
  ];
  for (const [filter, expected] of cases) {
    ring.filter({ ...EVERYTHING, ...filter });
    assert.deepEqual(seqs(ring), expected, JSON.stringify(filter));
  }
  assert.deepEqual(ring.connections, [1, 2]);
});

test("the words of a row", () => {
  const failed = new Row(wire(6, "handler_failed", "ValueError: no", 2, { handler: "Echo.on_bytes", file: "echo.py", line: 7 }));
  assert.equal(label(failed), "on_bytes failed");
  assert.equal(tone(failed), "bad");
  assert.match(line(failed), /#2 {2}on_bytes failed {2}ValueError: no {2}echo\.py:7$/);
  assert.equal(say(new Row(wire(1, "connected", "", 1, { peer: "127.0.0.1:5" }))), "127.0.0.1:5 to tcp_listener");
  assert.equal(say(new Row(wire(1, "end_of_stream", "", 1))), "the peer has finished sending (EOF)");
  assert.equal(
    say(new Row(wire(1, "closed", "the peer ended the stream", 1, { reason: "peer", received: 12, sent: 2048, seconds: 3.5 }))),
    "the peer ended the stream, after 3.5 s: 12 B received, 2 KiB sent",
  );
  assert.equal(say(new Row(wire(1, "log", "hi", 1, { level: "info", rest: "a=1" }))), "hi · a=1");
  assert.deepEqual([0.0004, 0.85, 3.5, 59.6, 250].map(duration), ["0 ms", "850 ms", "3.5 s", "60 s", "4 min 10 s"]);
  assert.match(clock(1_700_000_000_123), /^\d\d:\d\d:\d\d\.123$/);
  assert.deepEqual(plain(new Row(wire(1, "bytes_received", '{"a":1}'))).data, { a: 1 });
  assert.equal(plain(new Row(wire(1, "bytes_received", "a\n"))).text_of_data, "a\\n");
});

test("50,000 rows are taken and filtered in a blink", () => {
  const ring = new Ring();
  for (let start = 0; start < 50_000; start += 2_000) {
    ring.add(batch(Array.from({ length: 2_000 }, (_, i) => wire(start + i + 1, "bytes_received", `message ${start + i}`))));
  }
  const began = performance.now();
  ring.filter({ ...EVERYTHING, text: "message 4999" });
  assert.equal(ring.shown.length, 15);
  assert.ok(performance.now() - began < 1_000, `took ${performance.now() - began} ms`);
});
