/** Bytes and files on the page: text nodes only, escapes set apart, copying and saving. */

import { Fragment } from "preact";
import { pieces } from "./bytes.ts";

/** A payload as text. `cuts` are offsets at which it was split; `limit` is how many bytes are looked at. */
export function Bytes({ data, limit = 4096, cuts = [] }: { data: Uint8Array; limit?: number; cuts?: readonly number[] }) {
  const end = Math.min(limit, data.length);
  const edges = [0, ...cuts.filter((cut) => cut > 0 && cut < end), end];
  return (
    <>
      {edges.slice(1).map((edge, index) => (
        <Fragment key={index}>
          {index ? <i class="cutmark" title="split here" /> : null}
          {pieces(data.subarray(edges[index], edge)).map((piece, at) => (piece.escape ? <i class="esc" key={at}>{piece.text}</i> : piece.text))}
        </Fragment>
      ))}
      {data.length > end ? "…" : null}
    </>
  );
}

/** Put a text on the clipboard; also where the page may not use the clipboard itself (plain http). */
export async function copy(text: string): Promise<void> {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // No permission: the older way below needs none.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  const before = document.activeElement as HTMLElement | null;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  if (!done) throw new Error("this browser does not let the page copy; select the text and press Ctrl+C");
}

/** Offer a text as a download. */
export function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
