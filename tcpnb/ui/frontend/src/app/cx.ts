/** Class names from a list with gaps. */

export function cx(...names: unknown[]): string {
  return names.filter(Boolean).join(" ");
}
