/** Rows of one and of two lines: where they stand, and which row a line belongs to. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lines, linesOf } from "../src/views/live_log/lines.ts";
import type { Row } from "../src/views/live_log/ring.ts";

test("every line belongs to one row, and every row to its lines", () => {
  const cases: [number, number[]][] = [[1, []], [5, []], [5, [0]], [5, [4]], [6, [1, 2, 5]], [3, [0, 1, 2]]];
  for (const [count, tall] of cases) {
    const lines = new Lines(count, tall);
    const walked: number[] = [];
    for (let row = 0; row < count; row += 1) {
      assert.equal(lines.top(row), walked.length, `row ${row} of ${tall}`);
      assert.equal(lines.isTall(row), tall.includes(row));
      walked.push(row);
      if (tall.includes(row)) walked.push(row);
    }
    assert.equal(lines.total, walked.length);
    assert.equal(lines.top(count), walked.length);
    walked.forEach((row, line) => assert.equal(lines.at(line), row, `line ${line} of ${tall}`));
    assert.equal(lines.at(1_000), count - 1);
  }
  assert.deepEqual([new Lines(0).total, new Lines(0).at(3)], [0, 0]);
});

test("what went wrong is tall where there is little room; bytes never are", () => {
  const row = (kind: string, hasData = false): Row => ({ kind, hasData, more: {} }) as unknown as Row;
  const rows = [row("connected"), row("handler_failed"), row("bytes_received", true), row("error"), row("closed")];
  assert.deepEqual(rows.map((_, index) => linesOf(rows, false).isTall(index)), [false, true, false, true, false]);
  assert.equal(linesOf(rows, true).total, rows.length);
});
