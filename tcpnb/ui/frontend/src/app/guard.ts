/** Who may be asked before a view is left. */

export interface LeaveGuard {
  add(ask: () => boolean | Promise<boolean>): () => void;
  /** True when nobody minds; asks one after another. */
  mayLeave(): Promise<boolean>;
}

export function leaveGuard(): LeaveGuard {
  const asks = new Set<() => boolean | Promise<boolean>>();
  return {
    add(ask) {
      asks.add(ask);
      return () => asks.delete(ask);
    },
    async mayLeave() {
      for (const ask of [...asks]) if (!(await ask())) return false;
      return true;
    },
  };
}
