/** Transcripts on the page: the lines of each test connection, in order, each once. */

import { fromBase64 } from "../../bytes/bytes.ts";

/** number, ms since Connect, way, payload in Base64, whole size, words, offsets of the cuts. */
export type WireLine = [number, number, Way, string, number, string, number[]];
export type Way = "out" | "in" | "note";

export interface Line {
  number: number;
  at: number;
  way: Way;
  data: Uint8Array;
  size: number;
  text: string;
  cuts: number[];
}

const KEPT = 2_000;

export class Transcripts {
  private readonly peers = new Map<number, Line[]>();

  lines(peer: number): readonly Line[] {
    return this.peers.get(peer) ?? [];
  }

  /** Take lines by peer; those that are there already are not taken twice. */
  add(batch: Record<string, WireLine[]>): void {
    for (const [key, wires] of Object.entries(batch)) {
      const lines = this.peers.get(Number(key)) ?? [];
      const known = lines.at(-1)?.number ?? 0;
      for (const [number, at, way, data, size, text, cuts] of wires) {
        if (number > known) lines.push({ number, at, way, data: fromBase64(data), size, text, cuts });
      }
      if (lines.length > KEPT) lines.splice(0, lines.length - KEPT);
      this.peers.set(Number(key), lines);
    }
  }

  /** Forget the connections that are none any more. */
  keep(peers: readonly number[]): void {
    for (const peer of this.peers.keys()) if (!peers.includes(peer)) this.peers.delete(peer);
  }

  /** Chunks received after line `seen`. */
  news(peer: number, seen: number): number {
    return this.lines(peer).filter((line) => line.way === "in" && line.number > seen).length;
  }
}

/** What stands small under a line: how it was split, how long after the first piece it came, the hex of what is no text. */
export function asides(lines: readonly Line[], at: number): string[] {
  const line = lines[at];
  if (!line || line.way === "note") return [];
  const out: string[] = [];
  if (line.text) out.push(line.text);
  const before = lines[at - 1];
  if (line.way === "in" && before?.way === "out" && before.cuts.length) out.push(`${Math.round(line.at - before.at)} ms after the first piece`);
  if (isBinary(line.data) && line.data.length <= 24) out.push("hex: " + Array.from(line.data, (byte) => byte.toString(16).padStart(2, "0")).join(" "));
  if (line.size > line.data.length) out.push(`the first ${line.data.length.toLocaleString("en")} of ${line.size.toLocaleString("en")} bytes`);
  return out;
}

function isBinary(data: Uint8Array): boolean {
  return data.some((byte) => byte > 0x7f || (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13)) && !isText(data);
}

function isText(data: Uint8Array): boolean {
  if (data.some((byte) => byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(data);
    return true;
  } catch {
    return false;
  }
}
