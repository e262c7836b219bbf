/** One view by its kind. */

import type { ComponentType } from "preact";
import { VIEWS } from "../views/index.ts";
import type { Args } from "./messages.ts";
import { Message } from "./parts.tsx";

/** `keep`: new arguments re-point the view instead of making it anew. */
export function View({ view, args, keep }: { view: string; args: Args; keep?: boolean }) {
  const Component = VIEWS[view] as unknown as ComponentType<{ args: Args }> | undefined;
  if (!Component) return <Message tone="err">There is no view named {view}.</Message>;
  return <Component key={keep ? view : `${view}:${JSON.stringify(args)}`} args={args} />;
}
