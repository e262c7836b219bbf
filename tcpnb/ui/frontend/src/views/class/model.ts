/** What the Service Class Designer gets from Python. */

export interface VariableState {
  name: string;
  type: string;
  default: string;
  line: number;
}

export interface MethodState {
  name: string;
  handler: string;
  signature: string;
  isAsync: boolean;
  documentation: string;
  isHandler: boolean;
  isConstructor: boolean;
  steps: number;
  line: number;
}

export interface FramingState {
  kind: string;
  options: Record<string, string>;
  expression: string;
  words: string;
}

export interface LiveConnection {
  id: number;
  peer: string;
  listener: string;
  state: string;
  variables: [name: string, value: string][];
}

export interface Trouble {
  field: string;
  text: string;
  usages: string[];
}

export interface ClassState {
  name: string;
  file: string;
  version: number;
  classes: string[];
  types: string[];
  exists: boolean;
  service: boolean;
  connectionService: boolean;
  documentation: string;
  places: number;
  variables: VariableState[];
  methods: MethodState[];
  missing: string[];
  hasConstructor: boolean;
  /** What making an instance takes, as between parentheses. */
  takes: string;
  framing: FramingState | null;
  problems: { severity: string; text: string; line: number; where: string; code: string; fix: string }[];
  live: { serving: boolean; connections: LiveConnection[] };
}

/** The values that differ from what was shown before: `"2.count"` for connection 2. */
export function changed(before: readonly LiveConnection[], now: readonly LiveConnection[]): Set<string> {
  const old = new Map<string, string>(before.flatMap((each) => each.variables.map(([name, value]) => [`${each.id}.${name}`, value] as const)));
  const found = new Set<string>();
  for (const each of now)
    for (const [name, value] of each.variables) {
      const key = `${each.id}.${name}`;
      if (old.has(key) && old.get(key) !== value) found.add(key);
    }
  return found;
}
