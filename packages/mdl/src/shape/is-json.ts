/** Whether JSON can hold a value: no function, no big integer, no circle. */
export function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
