/** Every view by its kind: one line each. */

import type { ComponentType } from "preact";
import { Create } from "./create.tsx";
import { FlowDesigner } from "./flow/index.tsx";

export const VIEWS: Record<string, ComponentType<{ args: never }>> = {
  create: Create,
  flow: FlowDesigner,
};
