/** Problems: what is wrong in the file, what would not start, which handlers failed; each with its place and its cure. */

import { useState } from "preact/hooks";
import { Loading, PaneProblem } from "../../app/frame.tsx";
import { useAround, usePane } from "../../app/hooks.ts";
import { Icon } from "../../app/icons.tsx";
import { rove } from "../../app/keys.ts";
import type { Args } from "../../app/messages.ts";
import { Button, cx, Empty } from "../../app/parts.tsx";
import { safe, safeLines } from "../../bytes/bytes.ts";
import "./problems.css";

interface Item {
  id: string;
  severity: "error" | "warning" | "note";
  text: string;
  where: string;
  line: number;
  column?: number;
  origin: "design" | "run" | "listener";
  file?: string;
  fix?: string;
  count?: number;
  connection?: number;
  at?: number;
  traceback?: string;
}

interface ProblemsState {
  file: string;
  items: Item[];
  errors: number;
  warnings: number;
}

const ICONS = { error: "err", warning: "warn", note: "info" } as const;

export function Problems(_: { args: Args }) {
  const { go } = useAround();
  const pane = usePane<ProblemsState>("problems");
  const state = pane.state;
  if (!state) return <Loading pane={pane} />;
  return (
    <section class={cx("problems", go.inStudio && "inpanel")} aria-label="Problems">
      <PaneProblem pane={pane} />
      {state.items.length === 0 ? (
        <Empty icon="check">No problems: the file reads well, and no handler has failed since it last changed.</Empty>
      ) : (
        <ul onKeyDown={(event) => void rove(event, event.currentTarget)}>
          {state.items.map((item, index) => (
            <Problem key={item.id} item={item} file={state.file} first={index === 0} onFix={() => pane.do("fix", { id: item.id })} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Problem({ item, file, first, onFix }: { item: Item; file: string; first: boolean; onFix: () => void }) {
  const { go } = useAround();
  const [open, setOpen] = useState(false);
  const name = (item.file || file).split(/[\\/]/).pop() ?? file;
  const here = item.line ? `${safe(name)}:${item.line}` : safe(item.where);
  const show = (): void => (item.origin === "listener" ? go.open("config", { listener: item.where }) : go.tab("source", { line: item.line }));
  return (
    <li class={cx("problem", item.severity)}>
      <div class="line1">
        <Icon name={ICONS[item.severity]} />
        <span class="only-read">{item.severity}: </span>
        <button type="button" class="words" data-rove tabIndex={first ? 0 : -1} onClick={show}>
          {safe(item.text)}
        </button>
        {item.count && item.count > 1 ? <span class="badge">{item.count} times</span> : null}
        <span class="grow" />
        {item.where && item.line ? <span class="where mono cut">{safe(item.where)}</span> : null}
        <button type="button" class="linky mono" onClick={show}>
          {here}
        </button>
        {item.traceback ? (
          <button type="button" class="linky" aria-expanded={open} onClick={() => setOpen(!open)}>
            traceback
          </button>
        ) : null}
        {item.fix ? (
          <Button size="small" onClick={onFix}>
            {item.fix}
          </Button>
        ) : null}
      </div>
      {open && item.traceback ? <pre tabIndex={0}>{safeLines(item.traceback)}</pre> : null}
    </li>
  );
}
