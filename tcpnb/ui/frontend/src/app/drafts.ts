/** What was typed and is not in the file yet: kept in the browser's tab, so that neither a reload nor news from the kernel loses it. */

import type { Json } from "./messages.ts";

/** As much of `Storage` as is needed. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const MAX_LENGTH = 100_000;
const SECRET_NAME = /pass|secret|token|credential|api_?key|private_?key/i;
const SECRET_TEXT = /(pass\w*|secret\w*|token\w*|credential\w*|api_?key)["']?\s*[=:]/i;

/** True for what must not be kept outside of the form: by its name, or by what the text says of itself. */
export function isSecret(name: string, value: Json = ""): boolean {
  return SECRET_NAME.test(name) || (typeof value === "string" && SECRET_TEXT.test(value));
}

function withoutSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => !isSecret(name, inner))
      .map(([name, inner]) => [name, withoutSecrets(inner)]),
  );
}

/** The forms of one file that are half filled in, each by its name, with the fields that were touched. */
export class Drafts {
  private readonly prefix: string;
  private readonly shelf: Shelf;

  constructor(file: string, shelf: Shelf = pageShelf()) {
    this.prefix = `tcpnb.draft:${file}:`;
    this.shelf = shelf;
  }

  of(form: string): Record<string, Json> {
    const text = this.shelf.getItem(this.prefix + form);
    if (text === null) return {};
    try {
      const found: unknown = JSON.parse(text);
      return found && typeof found === "object" && !Array.isArray(found) ? (found as Record<string, Json>) : {};
    } catch {
      // Not ours, or cut short: as good as nothing.
      return {};
    }
  }

  has(form: string): boolean {
    return this.shelf.getItem(this.prefix + form) !== null;
  }

  /** Keep a field; `undefined` when it is as in the file. Secrets are not kept. */
  put(form: string, field: string, value: Json | undefined): void {
    const fields = this.of(form);
    delete fields[field];
    if (value !== undefined && !isSecret(field, value)) fields[field] = withoutSecrets(value);
    const text = JSON.stringify(fields);
    if (text === "{}") return this.drop(form);
    if (text.length > MAX_LENGTH) return;
    try {
      this.shelf.setItem(this.prefix + form, text);
    } catch (error) {
      // The tab's storage is full: the form itself still has it.
      console.debug("tcpnb: draft not kept", error);
    }
  }

  drop(form: string): void {
    this.shelf.removeItem(this.prefix + form);
  }
}

const memory = new Map<string, string>();
const inMemory: Shelf = {
  getItem: (key) => memory.get(key) ?? null,
  setItem: (key, value) => void memory.set(key, value),
  removeItem: (key) => void memory.delete(key),
};

/** The tab's storage; where a page forbids it, one that lasts as long as the page. */
function pageShelf(): Shelf {
  try {
    return window.sessionStorage;
  } catch {
    return inMemory;
  }
}

/** A field that shows what the file says until somebody types in it. */
export interface Typed {
  /** What the file said last. */
  saved: string;
  text: string;
  /** What was given to Python and has not come back yet, oldest first. */
  given: readonly string[];
}

/** The field after the file said `saved`: what is being typed stays, however late an answer to what was given before. */
export function follow(now: Typed, saved: string): Typed {
  if (saved === now.saved) return now;
  const echo = now.given.indexOf(saved);
  if (echo >= 0) return { saved, text: now.text, given: now.given.slice(echo + 1) };
  const untouched = now.text === now.saved || now.text === now.given.at(-1);
  return { saved, text: untouched ? saved : now.text, given: [] };
}
