/** Where the rows of the log stand when some of them take two lines. */

import { type Row, tone } from "./ring.ts";

/** Rows by their first line and lines by their row; `tall` are the indices of rows of two lines, in order. */
export class Lines {
  private readonly tall: readonly number[];
  private readonly count: number;

  constructor(count: number, tall: readonly number[] = []) {
    this.count = count;
    this.tall = tall;
  }

  get total(): number {
    return this.count + this.tall.length;
  }

  /** The first line of a row. */
  top(index: number): number {
    return index + this.before(index);
  }

  isTall(index: number): boolean {
    return this.tall[this.before(index)] === index;
  }

  /** The row that a line belongs to; the last one for a line below the end. */
  at(line: number): number {
    let low = 0;
    let high = Math.max(0, this.count - 1);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.top(middle) <= line) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** How many tall rows stand above. */
  private before(index: number): number {
    let low = 0;
    let high = this.tall.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.tall[middle] as number) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Where there is little room, what went wrong stands on a line of its own. */
export function linesOf(rows: readonly Row[], wide: boolean): Lines {
  if (wide) return new Lines(rows.length);
  const tall: number[] = [];
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as Row;
    if (!row.hasData && tone(row) === "bad") tall.push(index);
  }
  return new Lines(rows.length, tall);
}
