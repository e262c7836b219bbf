import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64, hex, hexDump, json, pieces, safe, safeLines, show, size, toBase64 } from "../src/bytes/bytes.ts";
import { encode, encodeText } from "../src/bytes/message.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

test("bytes come out as Python's show() says them", () => {
  const cases: [Uint8Array | string, string][] = [
    ["hello\n", "hello\\n"],
    ["", ""],
    ["tab\tcr\r", "tab\\tcr\\r"],
    ["a\\b", "a\\\\b"],
    ["\x1b[31mred", "\\x1b[31mred"],
    ["\x00\x7f", "\\x00\\x7f"],
    ["é€😀", "é€😀"],
    ["\u202egnp.exe", "\\u202egnp.exe"],
    ["\u200bzero", "\\u200bzero"],
    ["\ufeffbom", "\\ufeffbom"],
    ["\u2028", "\\u2028"],
    ["a\u00a0b", "a\\u00a0b"],
    ["\u{e0041}", "\\U000e0041"],
    [Uint8Array.of(0xff, 0xfe, 0x0a), "\\xff\\xfe\\n"],
    [Uint8Array.of(0xed, 0xa0, 0x80), "\\xed\\xa0\\x80"],
    [Uint8Array.of(0xc0, 0x80), "\\xc0\\x80"],
    [Uint8Array.of(0xe2, 0x82), "\\xe2\\x82"],
    [Uint8Array.of(0xf4, 0x90, 0x80, 0x80), "\\xf4\\x90\\x80\\x80"],
    ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
  ];
  for (const [bytes, expected] of cases) assert.equal(show(typeof bytes === "string" ? utf8(bytes) : bytes), expected);
});

test("escapes are pieces of their own", () => {
  assert.deepEqual(pieces(utf8("a\n\nb")), [
    { text: "a", escape: false },
    { text: "\\n\\n", escape: true },
    { text: "b", escape: false },
  ]);
});

test("no byte sequence brings a control, format or odd blank through, and what is shown says the same bytes", () => {
  let seed = 7;
  const next = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff);
  for (let round = 0; round < 3000; round++) {
    const bytes = Uint8Array.from({ length: next() % 24 }, () => (next() >> 8) & 0xff);
    const text = show(bytes);
    assert.doesNotMatch(text, /[\p{C}\p{Zl}\p{Zp}]/u);
    assert.deepEqual(encodeText(text, "none").bytes, bytes);
  }
});

test("the kit's own words are escaped but keep their backslash", () => {
  assert.equal(safe("C:\\data"), "C:\\data");
  assert.equal(safe("\u202ex\ny"), "\\u202ex\\ny");
  assert.equal(safeLines("one\n\x1btwo"), "one\n\\x1btwo");
});

test("hex, dump, JSON and sizes", () => {
  assert.equal(hex(Uint8Array.of(0, 10, 255)), "00 0a ff");
  assert.equal(hex(new Uint8Array(5), 2), "00 00");
  assert.equal(hexDump(utf8("hello\nworld, this")).split("\n")[0], "0000  68 65 6c 6c 6f 0a 77 6f  72 6c 64 2c 20 74 68 69  hello.world, thi");
  assert.deepEqual(json(utf8('{"a": [1]}')), { a: [1] });
  assert.equal(json(utf8("{")), undefined);
  assert.equal(json(Uint8Array.of(0x22, 0xff, 0x22)), undefined);
  assert.deepEqual([0, 1023, 1024, 1229, 10240, 65536, 1048575, 3250586, 5e9].map(size), ["0 B", "1023 B", "1 KiB", "1.2 KiB", "10 KiB", "64 KiB", "1 MiB", "3.1 MiB", "4.7 GiB"]);
});

test("Base64 there and back, also where a spread would overflow the stack", () => {
  const large = Uint8Array.from({ length: 300_000 }, (_, index) => index & 0xff);
  assert.deepEqual(fromBase64(toBase64(large)), large);
});

test("a typed message becomes its bytes", () => {
  const cases: [Parameters<typeof encode>, number[]][] = [
    [["text", "hi", "\\n"], [104, 105, 10]],
    [["text", "hi", "\\r\\n"], [104, 105, 13, 10]],
    [["text", "\\t\\x00\\xff\\\\", "none"], [9, 0, 255, 92]],
    [["text", "\\0a\\012\\1018", "none"], [0, 97, 10, 65, 56]],
    [["text", "\\u20ac", "none"], [0xe2, 0x82, 0xac]],
    [["text", "€", "\\0"], [0xe2, 0x82, 0xac, 0]],
    [["hex", "0A ff\n0x00,01:02", "\\n"], [10, 255, 0, 1, 2]],
    [["base64", "aGk=", "\\n"], [104, 105]],
    [["base64", "-_8", "none"], [251, 255]],
  ];
  for (const [args, bytes] of cases) assert.deepEqual([...(encode(...args).bytes ?? [])], bytes, args[1]);
});

test("what is no message says why", () => {
  const cases: [Parameters<typeof encode>, RegExp][] = [
    [["text", "\\q", "none"], /\\q is no escape/],
    [["text", "\\777", "none"], /is more than a byte/],
    [["text", "\\x1", "none"], /needs 2 hexadecimal digits/],
    [["text", "end\\", "none"], /backslash at the end/],
    [["text", "\\ud800", "none"], /is no character/],
    [["hex", "0", "none"], /two hexadecimal digits/],
    [["hex", "zz", "none"], /"z" is no hexadecimal digit/],
    [["base64", "a*", "none"], /no Base64/],
    [["base64", "a", "none"], /no whole Base64/],
  ];
  for (const [args, problem] of cases) assert.match(encode(...args).problem ?? "", problem);
});
