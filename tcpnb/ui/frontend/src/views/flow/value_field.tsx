/** A field for an expression with its helpers: the pane of names and values, and the larger editor. */

import { useRef, useState } from "preact/hooks";
import { problemOf } from "../../app/circle.ts";
import { Button } from "../../app/parts.tsx";
import { ExpandedEditor } from "./expanded.tsx";
import { ExpressionField, type ExpressionProps, type FieldHandle } from "./expression.tsx";
import { HelperPane } from "./helper.tsx";
import { fromCharacters, type Help, type Offers, toCharacters } from "./values.ts";

export type ValueFieldProps = ExpressionProps & {
  helper: Help;
  /** The type that is wanted here; empty when any will do. */
  expected: string;
};

interface Opened {
  /** Not there until Python has answered; the pane takes the keys at once. */
  offers: Offers | undefined;
  /** The text when the pane was opened, and what was selected in it, in characters. */
  text: string;
  from: number;
  to: number;
}

const KEYS: Record<string, "names" | "editor"> = { F4: "names", F2: "editor" };

export function ValueField({ helper: help, expected, ...props }: ValueFieldProps) {
  const handle = useRef<FieldHandle>(undefined);
  const [pane, setPane] = useState<Opened>();
  const [large, setLarge] = useState<string>();
  const [failed, setFailed] = useState("");
  const asked = useRef(0);

  const close = (): void => {
    asked.current += 1;
    setPane(undefined);
    handle.current?.focus();
  };
  const openNames = (): void => {
    if (pane) return close();
    const now = handle.current?.look();
    if (!now) return;
    const from = toCharacters(now.text, now.from);
    const to = toCharacters(now.text, now.to);
    const ticket = ++asked.current;
    setFailed("");
    setPane({ offers: undefined, text: now.text, from, to });
    help.offers(now.text, from, expected).then(
      (offers) => ticket === asked.current && setPane({ offers, text: now.text, from, to }),
      (error: unknown) => {
        if (ticket !== asked.current) return;
        setFailed(problemOf(error).text);
        close();
      },
    );
  };
  const open = (which: "names" | "editor"): void => (which === "names" ? openNames() : setLarge(handle.current?.look().text ?? props.value));
  const button = (which: "names" | "editor", icon: "fn" | "fit", label: string, key: string) => (
    <Button
      icon={icon}
      label={label}
      title={`${label} (${key})`}
      look="ghost"
      size="small"
      tabIndex={-1}
      aria-expanded={which === "names" ? pane !== undefined : undefined}
      aria-haspopup={which === "editor" ? "dialog" : undefined}
      // The cursor stays where it is in the field.
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => open(which)}
    />
  );
  return (
    <div class="valuefield">
      <ExpressionField
        {...props}
        handle={handle}
        problem={props.problem || failed || undefined}
        keyShortcuts="F4 F2"
        onHelp={openNames}
        onKey={(event) => {
          const which = event.shiftKey || event.ctrlKey || event.altKey || event.metaKey ? undefined : KEYS[event.key];
          if (which) open(which);
          return which !== undefined;
        }}
        end={
          <>
            {button("names", "fn", "Helper", "F4")}
            {button("editor", "fit", "Larger editor", "F2")}
          </>
        }
      />
      {pane ? (
        <HelperPane
          offers={pane.offers}
          text={pane.text}
          from={pane.from}
          to={pane.to}
          help={help}
          assist={props.assist}
          Field={ValueField}
          onClose={close}
          onInsert={(name, back) => {
            setPane(undefined);
            handle.current?.insert(name, back);
          }}
          insertion={props.insertion}
          onBuilt={(built) => {
            // What was written is for the text that the pane was opened on.
            if (handle.current?.look().text !== pane.text) return "The field was changed meanwhile: close this and open it again";
            setPane(undefined);
            handle.current.replace(built.whole, fromCharacters(built.whole, built.caret), !built.problem);
            return "";
          }}
        />
      ) : null}
      {large !== undefined ? (
        <ExpandedEditor
          label={props.label}
          value={large}
          editor={props.editor}
          help={help}
          assist={props.assist}
          onClose={() => setLarge(undefined)}
          onApply={(text) => {
            setLarge(undefined);
            handle.current?.replace(text, text.length, true);
          }}
        />
      ) : null}
    </div>
  );
}
