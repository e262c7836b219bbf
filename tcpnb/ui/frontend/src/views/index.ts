/** Every view by its kind: one line each. */

import type { ComponentType } from "preact";
import { Artifacts } from "./artifacts.tsx";
import { ClassDesigner } from "./class/index.tsx";
import { ListenerSettings } from "./config/index.tsx";
import { ConnectionForm } from "./connection/index.tsx";
import { Configurable } from "./configurable.tsx";
import { Connections } from "./connections/index.tsx";
import { Create } from "./create.tsx";
import { FlowDesigner } from "./flow/index.tsx";
import { Handler } from "./handler.tsx";
import { LiveLog } from "./live_log/index.tsx";
import { Problems } from "./problems/index.tsx";
import { Service } from "./service.tsx";
import { Source } from "./source.tsx";
import { Studio } from "./studio.tsx";
import { TestClient } from "./test_client/index.tsx";
import { Pictures } from "./types/index.tsx";

export const VIEWS: Record<string, ComponentType<{ args: never; view: never }>> = {
  artifacts: Artifacts,
  configurable: Configurable,
  create: Create,
  handler: Handler,
  service: Service,
  source: Source,
  studio: Studio,
  flow: FlowDesigner,
  class: ClassDesigner,
  types: Pictures,
  overview: Pictures,
  config: ListenerSettings,
  connection: ConnectionForm,
  log: LiveLog,
  connections: Connections,
  client: TestClient,
  problems: Problems,
};
