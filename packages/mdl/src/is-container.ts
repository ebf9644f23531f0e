/** A JSON object or list. */
export type Container = unknown[] | Record<string, unknown>;

/** Whether a value is a JSON object or list. */
export function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}
