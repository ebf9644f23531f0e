import type { PartialDelta } from "@conduit/mdl";

/**
 * A value that grows by deltas and never changes in place: what a delta does not touch is the same object as before, what it
 * touches is a new one, all the way up. Costs the width of the containers on the changed paths.
 */
export class PartialSnapshot {
  /** Undefined where there is nothing yet. */
  value: unknown;

  apply(deltas: readonly PartialDelta[]): void {
    const own = new Set<object>();
    for (const delta of deltas) this.value = change(this.value, keysOf(delta.path), delta, own);
  }
}

/** `own` are the containers that were copied for these deltas, and may be written to. */
function change(value: unknown, keys: readonly string[], delta: PartialDelta, own: Set<object>): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) {
    if (delta.op === "remove") return undefined;
    return delta.op === "set" ? delta.value : `${value}${delta.text}`;
  }
  if (Array.isArray(value)) {
    const items = writable(value, own, () => [...value]);
    const index = Number(key);
    if (rest.length === 0 && delta.op === "remove") items.splice(index, 1);
    else items[index] = change(items[index], rest, delta, own);
    return items;
  }
  const entries = writable(value as Record<string, unknown>, own, (before) => ({ ...before }));
  if (rest.length === 0 && delta.op === "remove") delete entries[key];
  else setOwn(entries, key, change(entries[key], rest, delta, own));
  return entries;
}

function writable<T extends object>(container: T, own: Set<object>, copy: (container: T) => T): T {
  if (own.has(container)) return container;
  const copied = copy(container);
  own.add(copied);
  return copied;
}

/** Also for `__proto__`, which an assignment would not make a key. */
function setOwn(entries: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(entries, key, { value, writable: true, enumerable: true, configurable: true });
}

function keysOf(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
