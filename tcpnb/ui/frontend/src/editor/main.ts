/** The code editor, CodeMirror 6: a bundle of its own, sent to the page when the first editor opens. */

import { autocompletion, type Completion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Editor, EditorOptions, Mark } from "../app/editor.tsx";

const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "transparent", fontSize: "12px", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "18px", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--text)", borderLeftWidth: "1.5px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--text-3)", border: "0" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 8px 0 12px", minWidth: "28px" },
  ".cm-activeLine": { backgroundColor: "var(--hover)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection": {
    backgroundColor: "color-mix(in srgb, var(--brand) 24%, var(--bg))",
  },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--brand) 14%, transparent)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "color-mix(in srgb, var(--brand) 22%, transparent)",
    outline: "0",
  },
  ".cm-tooltip": { backgroundColor: "var(--bg)", color: "var(--text)", border: "0", borderRadius: "6px", boxShadow: "var(--shadow)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12px", maxHeight: "13em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 10px", lineHeight: "18px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--brand-bg)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--text-2)", fontStyle: "normal", marginLeft: "12px" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--brand-t)", fontWeight: "600" },
  ".cm-diagnostic": { padding: "4px 10px", borderLeft: "3px solid var(--err)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--err) 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warn) 1px", textUnderlineOffset: "3px" },
  ".cm-gutter-lint": { width: "14px" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0 0 0 4px" },
  ".cm-lint-marker": { width: "8px", height: "8px", marginTop: "5px", content: '""', borderRadius: "1px", transform: "rotate(45deg)", backgroundColor: "var(--err)" },
  ".cm-lint-marker-warning": { backgroundColor: "var(--warn)" },
  ".cm-lint-marker-info": { backgroundColor: "var(--info)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--text)" },
  ".cm-panels .cm-textfield, .cm-panels .cm-button": {
    backgroundColor: "var(--bg)",
    backgroundImage: "none",
    color: "var(--text)",
    border: "1px solid var(--edge)",
    borderRadius: "4px",
  },
  ".cm-placeholder": { color: "var(--text-3)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.bool, tags.null, tags.operatorKeyword], color: "var(--ok-t)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--err-t)" },
  { tag: tags.comment, color: "var(--text-3)", fontStyle: "italic" },
  { tag: [tags.number], color: "var(--info-t)" },
  { tag: [tags.definition(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.className, tags.definition(tags.className)], color: "var(--brand-t)" },
  { tag: tags.meta, color: "var(--warn-t)" },
]);

/** Texts set from outside are no typing. */
const fromOutside = Annotation.define<boolean>();

function diagnosticsOf(state: EditorState, marks: readonly Mark[]): Diagnostic[] {
  const found = marks.map((mark) => {
    const line = state.doc.line(Math.max(1, Math.min(mark.line, state.doc.lines)));
    const from = Math.min(line.from + (mark.column ?? 0), line.to);
    const end = mark.endLine === undefined ? line : state.doc.line(Math.max(line.number, Math.min(mark.endLine, state.doc.lines)));
    const to = mark.endColumn === undefined ? line.to : Math.max(from, Math.min(end.from + mark.endColumn, end.to));
    return { from, to, severity: mark.severity === "note" ? ("info" as const) : mark.severity, message: mark.message };
  });
  return found.sort((a, b) => a.from - b.from);
}

/** The smallest change that turns one text into another, so that the cursor and the undo history stay. */
function difference(before: string, after: string): { from: number; to: number; insert: string } {
  let start = 0;
  const most = Math.min(before.length, after.length);
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}

export function create(parent: HTMLElement, options: EditorOptions): Editor {
  const locked = new Compartment();
  const numbered = new Compartment();
  const numbers = (first: number): Extension => lineNumbers({ formatNumber: (line) => String(line + first - 1) });
  const lock = (readOnly: boolean): Extension => [EditorState.readOnly.of(readOnly), EditorView.editable.of(!readOnly)];
  const save = (): boolean => {
    options.onSave?.();
    return options.onSave !== undefined;
  };
  // Shift+Enter and its like run a cell beside the editor; in it they put nothing into the text.
  const handOver = (): boolean => {
    options.onBlur?.();
    return true;
  };
  const complete = options.complete;
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.value,
      extensions: [
        options.numbers === false ? [] : [numbered.of(numbers(options.firstLine ?? 1)), highlightActiveLineGutter()],
        lintGutter(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        indentUnit.of("    "),
        EditorState.tabSize.of(4),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        python(),
        syntaxHighlighting(colours),
        look,
        options.placeholder ? placeholder(options.placeholder) : [],
        options.wrap ? EditorView.lineWrapping : [],
        complete
          ? autocompletion({
              override: [
                async (context) => {
                  const word = context.matchBefore(/[\w.]*/);
                  if (!context.explicit && (!word || word.from === word.to)) return null;
                  const line = context.state.doc.lineAt(context.pos);
                  const found = await complete({
                    text: context.state.doc.toString(),
                    offset: context.pos,
                    line: line.number,
                    column: context.pos - line.from,
                  });
                  const last = context.matchBefore(/\w*/);
                  return { from: last?.from ?? context.pos, options: found as Completion[], validFor: /^\w*$/ };
                },
              ],
            })
          : autocompletion(),
        locked.of(lock(options.readOnly ?? false)),
        // The attribute on the focused element itself keeps the notebook's command-mode keys away.
        EditorView.contentAttributes.of({ "aria-label": options.label, "data-lm-suppress-shortcuts": "true", tabindex: "0" }),
        keymap.of([
          { key: "Mod-s", run: save, preventDefault: true },
          ...["Shift-Enter", "Mod-Enter", "Alt-Enter"].map((key) => ({ key, run: handOver, preventDefault: true })),
          ...completionKeymap,
          ...searchKeymap,
          ...lintKeymap,
          ...historyKeymap,
          ...defaultKeymap,
          indentWithTab,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((one) => one.annotation(fromOutside))) {
            options.onChange?.(update.state.doc.toString());
          }
          if (update.selectionSet || update.docChanged) {
            const line = update.state.doc.lineAt(update.state.selection.main.head);
            options.onCursor?.(line.number, update.state.selection.main.head - line.from);
          }
          if (update.focusChanged && !update.view.hasFocus) options.onBlur?.();
        }),
      ],
    }),
  });
  view.scrollDOM.dataset["lmSuppressShortcuts"] = "true";
  return {
    setValue(text) {
      const now = view.state.doc.toString();
      if (now === text) return;
      view.dispatch({ changes: difference(now, text), annotations: fromOutside.of(true) });
    },
    setMarks(marks) {
      view.dispatch(setDiagnostics(view.state, diagnosticsOf(view.state, marks)));
    },
    setReadOnly(readOnly) {
      view.dispatch({ effects: locked.reconfigure(lock(readOnly)) });
    },
    setFirstLine(line) {
      view.dispatch({ effects: numbered.reconfigure(numbers(line)) });
    },
    reveal(line) {
      const target = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
      view.dispatch({ selection: { anchor: target.from }, effects: EditorView.scrollIntoView(target.from, { y: "center" }) });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
