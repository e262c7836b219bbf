/** The creation form: a TCP service in one step. */

import { usePane } from "../app/hooks.ts";
import { ViewHeader } from "../app/parts.tsx";

export function Create() {
  const pane = usePane<{ path: string }>("create");
  return (
    <section class="view">
      <ViewHeader icon="radio" title="TCP Service" sub={pane.state?.path} />
    </section>
  );
}
