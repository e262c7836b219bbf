/** One view by its kind. */

import type { ComponentType } from "preact";
import { VIEWS } from "../views/index.ts";
import type { Args } from "./messages.ts";
import { Message } from "./parts.tsx";

/** Views that are one component: from one to the other, and from their arguments to others, it is kept. */
const FAMILIES: Record<string, string> = { types: "pictures", overview: "pictures" };

/** `keep`: new arguments re-point the view instead of making it anew. */
export function View({ view, args, keep }: { view: string; args: Args; keep?: boolean }) {
  const Component = VIEWS[view] as unknown as ComponentType<{ args: Args; view: string }> | undefined;
  if (!Component) return <Message tone="err">There is no view named {view}.</Message>;
  const key = FAMILIES[view] ?? (keep ? view : `${view}:${JSON.stringify(args)}`);
  return <Component key={key} args={args} view={view} />;
}
