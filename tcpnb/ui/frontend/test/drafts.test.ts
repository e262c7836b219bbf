/** What is typed and not saved: kept over a reload, never overwritten by news, and no secret among it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts, follow, isSecret, type Shelf, type Typed } from "../src/app/drafts.ts";

function shelf(room = Infinity): Shelf & { items: Map<string, string> } {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => {
      if (items.size >= room) throw new DOMException("full", "QuotaExceededError");
      items.set(key, value);
    },
    removeItem: (key) => void items.delete(key),
  };
}

test("a form's fields are there after a reload, for this file and form alone, until they are dropped", () => {
  const tab = shelf();
  new Drafts("/a/echo.py", tab).put("create", "port", "80x");
  new Drafts("/a/echo.py", tab).put("create", "name", "echo");
  assert.deepEqual(new Drafts("/a/echo.py", tab).of("create"), { port: "80x", name: "echo" });
  assert.deepEqual(new Drafts("/b/echo.py", tab).of("create"), {});
  assert.deepEqual(new Drafts("/a/echo.py", tab).of("config"), {});
  const again = new Drafts("/a/echo.py", tab);
  again.put("create", "port", undefined);
  assert.deepEqual([again.of("create"), again.has("create")], [{ name: "echo" }, true]);
  again.put("create", "name", undefined);
  assert.equal(again.has("create"), false);
  assert.equal(tab.items.size, 0);
});

test("no secret is kept, however deep it stands", () => {
  const drafts = new Drafts("/a/echo.py", shelf());
  drafts.put("config", "tcp_listener", { port: "1", secure: { options: { cert_file: "a.pem", key_password: "hunter2", key_store_password: "hunter2" } } });
  drafts.put("config", "token", "hunter2");
  drafts.put("config", "expression", 'tcp.SecureSocket(key_password="hunter2")');
  drafts.put("config", "names", ["a", { api_key: "hunter2" }]);
  assert.deepEqual(drafts.of("config"), { tcp_listener: { port: "1", secure: { options: { cert_file: "a.pem" } } }, names: ["a", {}] });
  assert.deepEqual(["name", "documentation", "secure", "key_file", "type"].filter((name) => isSecret(name)), []);
  assert.equal(isSecret("default", "{'password': 'x'}"), true);
});

test("what is in the tab may be anything, and may be full", () => {
  const tab = shelf();
  const drafts = new Drafts("/a/echo.py", tab);
  for (const text of ["", "[1]", "null", "7", "{"]) {
    tab.items.set("tcpnb.draft:/a/echo.py:create", text);
    assert.deepEqual(drafts.of("create"), {});
  }
  drafts.put("create", "port", "x".repeat(200_000));
  assert.deepEqual(drafts.of("create"), {});
  new Drafts("/a/echo.py", shelf(0)).put("create", "port", "1");
});

const typing = (saved: string, text: string, ...given: string[]): Typed => ({ saved, text, given });

test("a field follows the file, and keeps what is being typed", () => {
  const cases: [string, Typed, string, string][] = [
    ["nothing typed: follows", typing("a", "a"), "b", "b"],
    ["half typed: stays", typing("a", "ax"), "b", "ax"],
    ["the answer to what was given", typing("a", "b", "b"), "b", "b"],
    ["the answer, written otherwise", typing("a", "b ", "b "), "b", "b"],
    ["more typed before the answer", typing("a", "bc", "b"), "b", "bc"],
    ["given twice: the first answer", typing("a", "bc", "b", "bc"), "b", "bc"],
    ["undone elsewhere", typing("b", "b"), "a", "a"],
  ];
  for (const [words, now, saved, text] of cases) assert.equal(follow(now, saved).text, text, words);
  const twice = follow(follow(typing("a", "bc", "b", "bc"), "b"), "bc");
  assert.deepEqual(twice, typing("bc", "bc"));
  assert.equal(follow(twice, "a").text, "a");
});
