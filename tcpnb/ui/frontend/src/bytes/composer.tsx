/** "Message": text with escapes, hex, Base64 or a file, as bytes to send. */

import { useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { Button, Segmented, Select, TextField } from "../app/parts.tsx";
import { toBase64 } from "./bytes.ts";
import { encode, type Encoded, ENDINGS, type Ending, type Mode } from "./message.ts";

/** A message as a person writes it. */
export interface Draft {
  mode: Mode;
  text: string;
  ending: Ending;
  /** The chosen file in Base64, in mode "file"; `text` is its name then. */
  file?: string;
}

export const EMPTY_DRAFT: Draft = { mode: "text", text: "", ending: "\\n" };

/** Jupyter's websocket carries at most 10 MiB a message, and Base64 makes a third more of them. */
export const MAX_FILE = 6 * 1024 * 1024;

export function encoded(draft: Draft): Encoded {
  if (draft.mode !== "file") return encode(draft.mode, draft.text, draft.ending);
  if (draft.file === undefined) return { problem: "Choose a file first" };
  const binary = atob(draft.file);
  return { bytes: Uint8Array.from(binary, (character) => character.charCodeAt(0)) };
}

const ENDING_WORDS: Record<Ending, string> = { "\\n": "\\n", "\\r\\n": "\\r\\n", "\\r": "\\r", "\\0": "\\0", none: "none" };

interface Props {
  draft: Draft;
  onDraft: (draft: Draft) => void;
  onSend: () => void;
  problem: ComponentChildren;
  onProblem: (problem: string) => void;
  rows?: number;
  /** Ask for an earlier (-1) or later (1) message; called for arrow keys where they have no other meaning. */
  onRecall?: (step: -1 | 1) => void;
  /** Between the line ending and the button. */
  children?: ComponentChildren;
  /** The button that sends. */
  action: ComponentChildren;
  autoFocus?: boolean;
}

export function Composer({ draft, onDraft, onSend, problem, onProblem, rows = 2, onRecall, children, action, autoFocus }: Props) {
  const picker = useRef<HTMLInputElement>(null);
  const now = encoded(draft);
  const wrong = draft.text && draft.mode !== "file" ? now.problem : undefined;
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    if (file.size > MAX_FILE) return onProblem(`${file.name} has ${file.size.toLocaleString("en")} bytes; a page can hand over 6 MiB. Send larger ones from a cell: session.connect()`);
    onDraft({ ...draft, mode: "file", text: file.name, file: toBase64(new Uint8Array(await file.arrayBuffer())) });
  };
  const keys = (event: KeyboardEvent): void => {
    const plain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing;
    const up = event.key === "ArrowUp";
    if (event.key === "Enter" && plain) {
      event.preventDefault();
      onSend();
    } else if (onRecall && plain && (up || event.key === "ArrowDown")) {
      event.preventDefault();
      onRecall(up ? -1 : 1);
    }
  };
  return (
    <div class="composer">
      {draft.mode === "file" ? (
        <div class="f">
          <span class="lab">Message</span>
          <div class="filebox">
            <Button icon="file" size="small" onClick={() => picker.current?.click()}>
              Choose file…
            </Button>
            <span class="cut mono">{draft.file === undefined ? "no file chosen" : draft.text}</span>
            <input ref={picker} type="file" class="only-read" tabIndex={-1} aria-label="File to send" onChange={(event) => void take(event.currentTarget.files?.[0])} />
          </div>
          {problem ? (
            <div class="prob" role="alert">
              {problem}
            </div>
          ) : null}
        </div>
      ) : (
        <TextField
          label="Message"
          mono
          rows={rows}
          value={draft.text}
          autoFocus={autoFocus ?? false}
          placeholder={draft.mode === "hex" ? "0A FF 00" : draft.mode === "base64" ? "aGVsbG8K" : ""}
          problem={wrong ?? problem}
          onInput={(text) => onDraft({ ...draft, text })}
          onKeyDown={keys}
        />
      )}
      <div class="ln">
        <Segmented<Mode>
          label="Written as"
          value={draft.mode}
          onChange={(mode) => onDraft(mode === "file" || draft.mode === "file" ? { mode, text: "", ending: draft.ending } : { ...draft, mode })}
          options={[
            ["text", "Text"],
            ["hex", "Hex"],
            ["base64", "Base64"],
            ["file", "File"],
          ]}
        />
        {draft.mode === "text" ? (
          <Select
            label="Line ending"
            class="row-field"
            small
            value={draft.ending}
            options={(Object.keys(ENDINGS) as Ending[]).map((ending) => [ending, ENDING_WORDS[ending]] as const)}
            onChange={(ending) => onDraft({ ...draft, ending: ending as Ending })}
          />
        ) : null}
        {children}
        <span class="grow" />
        <span class="help count">{now.bytes && (draft.text || draft.mode === "file") ? `${now.bytes.length.toLocaleString("en")} B` : ""}</span>
        {action}
      </div>
    </div>
  );
}
