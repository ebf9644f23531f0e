/** An object or list and all that are within it, those further out first. */
export function partsOf(whole: object): ReadonlySet<object> {
  // A set gives what is added to it while it is gone through, and holds nothing twice.
  const parts = new Set([whole]);
  for (const part of parts) {
    for (const inner of Object.values(part)) if (inner && typeof inner === "object") parts.add(inner);
  }
  return parts;
}
