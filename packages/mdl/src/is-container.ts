/** Whether a value is a JSON object or list. */
export function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
