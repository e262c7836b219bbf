/** Everything that Python says of a handler. */

import type { NameState, Palette, StepState } from "./model.ts";
import type { LineProblem } from "./text.tsx";

export interface FlowState {
  handler: string;
  handlers: string[];
  file: string;
  version: number;
  current: boolean;
  palette: Palette;
  classes: string[];
  exists: boolean;
  owner: string;
  service: boolean;
  name: string;
  isAsync: boolean;
  signature: string;
  parameterText: string;
  returns: string;
  parameters: string[];
  documentation: string;
  hint: string;
  isConstructor: boolean;
  fixedHead: boolean;
  steps: StepState[];
  firstLine: number;
  lines: string[];
  problems: LineProblem[];
}

export interface Names {
  local: NameState[];
  /** What the object itself has: `self.caller`. */
  own: NameState[];
  file: NameState[];
}
