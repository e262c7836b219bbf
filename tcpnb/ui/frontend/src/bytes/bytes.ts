/** Bytes from a peer as safe, readable pieces of text: the page's twin of tcpnb.model.bytes.show. */

/** A stretch of text that is either as it came, or an escape such as `\n`. */
export interface Piece {
  text: string;
  escape: boolean;
}

export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
}

/** What may stand on a screen as itself: no control, format, unassigned, private or surrogate code point, no odd blank, no backslash. */
const PLAIN = /^[^\p{C}\p{Zl}\p{Zp}\p{Zs}\\]| $/u;
const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/** The escape of one character, in Python's words. */
function escaped(character: string): string {
  const short = SHORT[character];
  if (short) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return "\\x" + code.toString(16).padStart(2, "0");
  return code <= 0xffff ? "\\u" + code.toString(16).padStart(4, "0") : "\\U" + code.toString(16).padStart(8, "0");
}

/** How many bytes the UTF-8 sequence at `at` has; 0 where there is none. Overlong forms and surrogates are none. */
function sequence(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (!length || at + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] ?? 0;
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return length;
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
}

const decoder = new TextDecoder("utf-8");

/** The bytes as pieces; neighbours of one sort are joined, so that `hello\n` is two. */
export function pieces(bytes: Uint8Array): Piece[] {
  const found: Piece[] = [];
  const add = (text: string, escape: boolean) => {
    const last = found[found.length - 1];
    if (last && last.escape === escape) last.text += text;
    else found.push({ text, escape });
  };
  for (let at = 0; at < bytes.length; ) {
    // Most of what is sent is plain ASCII: whole stretches of it are taken at once.
    let end = at;
    while (end < bytes.length && isPlain(bytes[end] ?? 0)) end++;
    if (end > at) {
      add(decoder.decode(bytes.subarray(at, end)), false);
      at = end;
      continue;
    }
    const length = sequence(bytes, at);
    if (!length) {
      add("\\x" + (bytes[at] ?? 0).toString(16).padStart(2, "0"), true);
      at += 1;
      continue;
    }
    const character = length === 1 ? String.fromCharCode(bytes[at] ?? 0) : decoder.decode(bytes.subarray(at, at + length));
    at += length;
    // A decoder eats a leading byte order mark: what came out empty was one.
    if (character === "") add("\\ufeff", true);
    else if (PLAIN.test(character)) add(character, false);
    else add(escaped(character), true);
  }
  return found;
}

/** Text that the kit or a peer made (an error, a name), with the same escapes, save that a backslash stays one. */
export function safe(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  let out = "";
  for (const character of text) out += character === "\\" || PLAIN.test(character) ? character : escaped(character);
  return out;
}

/** Several lines of such text: line ends stay. */
export function safeLines(text: string): string {
  return text.split("\n").map(safe).join("\n");
}

export function show(bytes: Uint8Array): string {
  return pieces(bytes).map((piece) => piece.text).join("");
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hex(bytes: Uint8Array, limit = bytes.length): string {
  const shown: string[] = [];
  for (let i = 0; i < Math.min(limit, bytes.length); i++) shown.push(HEX[bytes[i] ?? 0] ?? "");
  return shown.join(" ");
}

/** Offset, sixteen bytes, and what of them is ASCII, a line each. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const part = bytes.subarray(start, start + 16);
    const left = hex(part.subarray(0, 8)).padEnd(23);
    const right = hex(part.subarray(8)).padEnd(23);
    const ascii = Array.from(part, (byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${start.toString(16).padStart(4, "0")}  ${left}  ${right}  ${ascii}`);
  }
  return lines.join("\n");
}

/** The value that the bytes are in JSON; undefined where they are none. */
export function json(bytes: Uint8Array): unknown {
  if (!bytes.length) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** 812 B, 1.2 KiB, 64 KiB, 3.1 MiB: three figures at most before the unit. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  for (const unit of ["KiB", "MiB", "GiB"]) {
    value /= 1024;
    if (value < 1023.5 || unit === "GiB") return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${unit}`;
  }
  return `${bytes} B`;
}
