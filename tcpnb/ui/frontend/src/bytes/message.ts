/** What a person typed into "Message", as the bytes to send. */

import { fromBase64 } from "./bytes.ts";

export type Mode = "text" | "hex" | "base64" | "file";

/** The line endings of the picker, with the bytes that they add to a text. */
export const ENDINGS = { "\\n": "\n", "\\r\\n": "\r\n", "\\r": "\r", "\\0": "\0", none: "" } as const;
export type Ending = keyof typeof ENDINGS;

export type Encoded = { bytes: Uint8Array; problem?: undefined } | { bytes?: undefined; problem: string };

const encoder = new TextEncoder();
const SHORT: Record<string, number> = { n: 10, r: 13, t: 9, "\\": 92, a: 7, b: 8, f: 12, v: 11, "'": 39, '"': 34 };

/** Text with Python's escapes: `\t` and `\x00` are one byte each, `\u20ac` is the character's UTF-8. */
export function encodeText(text: string, ending: Ending): Encoded {
  const parts: Uint8Array[] = [];
  let plain = 0;
  const flush = (end: number) => {
    if (end > plain) parts.push(encoder.encode(text.slice(plain, end)));
  };
  for (let at = text.indexOf("\\"); at >= 0; at = text.indexOf("\\", plain)) {
    flush(at);
    const mark = text[at + 1];
    const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
    const digits = mark === "x" ? 2 : mark === "u" ? 4 : mark === "U" ? 8 : 0;
    if (mark === undefined) return { problem: "A backslash at the end escapes nothing; write \\\\ for a backslash" };
    if (digits) {
      const code = text.slice(at + 2, at + 2 + digits);
      if (!new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(code)) return { problem: `\\${mark} needs ${digits} hexadecimal digits` };
      const value = parseInt(code, 16);
      if (mark !== "x" && (value > 0x10ffff || (value >= 0xd800 && value < 0xe000))) return { problem: `\\${mark}${code} is no character` };
      parts.push(mark === "x" ? Uint8Array.of(value) : encoder.encode(String.fromCodePoint(value)));
    } else if (octal) {
      const value = parseInt(octal, 8);
      if (value > 255) return { problem: `\\${octal} is more than a byte` };
      parts.push(Uint8Array.of(value));
    } else if (mark in SHORT) {
      parts.push(Uint8Array.of(SHORT[mark] ?? 0));
    } else {
      return { problem: `\\${mark} is no escape; write \\\\ for a backslash` };
    }
    plain = at + 2 + (octal ? octal.length - 1 : digits);
  }
  flush(text.length);
  parts.push(encoder.encode(ENDINGS[ending]));
  return { bytes: joined(parts) };
}

/** Pairs of hexadecimal digits; blanks, line ends, commas, colons and `0x` between them are let be. */
export function encodeHex(text: string): Encoded {
  const digits = text.replace(/0x/gi, " ").replace(/[\s,:]+/g, "");
  const wrong = /[^0-9a-fA-F]/.exec(digits);
  if (wrong) return { problem: `${JSON.stringify(wrong[0])} is no hexadecimal digit` };
  if (digits.length % 2) return { problem: "A byte needs two hexadecimal digits; one is left over" };
  return { bytes: Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16)) };
}

export function encodeBase64(text: string): Encoded {
  const compact = text.replace(/\s+/g, "").replace(/-/g, "+").replace(/_/g, "/");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return { problem: "That is no Base64: letters, digits, + and / are" };
  try {
    return { bytes: fromBase64(compact) };
  } catch {
    return { problem: "That is no whole Base64: its length is not right" };
  }
}

export function encode(mode: Exclude<Mode, "file">, text: string, ending: Ending): Encoded {
  if (mode === "hex") return encodeHex(text);
  if (mode === "base64") return encodeBase64(text);
  return encodeText(text, ending);
}

function joined(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
