/** An object without the keys whose values are undefined. */
export function defined<T extends object>(object: object): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
