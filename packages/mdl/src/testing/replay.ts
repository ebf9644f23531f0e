import { setOwn } from "../own-property.ts";
import type { PartialDelta } from "../partial/partial-delta.ts";

/** A value that only deltas made. */
export class Replay {
  #holder: Record<string, unknown> = {};

  get value(): unknown {
    return this.#holder[""];
  }

  apply(deltas: readonly PartialDelta[]): void {
    for (const delta of deltas) {
      const keys = ["", ...delta.path.split("/").slice(1)].map((key) =>
        key.replaceAll("~1", "/").replaceAll("~0", "~"),
      );
      const last = keys.pop() ?? "";
      let target: unknown = this.#holder;
      for (const key of keys) target = ownValue(target, key);
      if (delta.op === "remove") {
        if (Array.isArray(target)) target.pop();
        else delete (target as Record<string, unknown>)[last];
      } else {
        const value =
          delta.op === "append" ? String(ownValue(target, last)) + delta.text : structuredClone(delta.value);
        setOwn(target as Record<string, unknown>, last, value);
      }
    }
  }
}

function ownValue(target: unknown, key: string): unknown {
  if (typeof target !== "object" || target === null || !Object.hasOwn(target, key)) {
    throw new Error(`A delta leads to ${JSON.stringify(key)}, which is not there.`);
  }
  return target[key as keyof typeof target];
}

/** A text in pieces whose lengths, made larger for long texts, repeat. */
export function* pieces(text: string, lengths: readonly number[]): Generator<string> {
  const scale = Math.ceil(text.length / 500);
  let offset = 0;
  for (let index = 0; offset < text.length; index += 1) {
    const length = (lengths[index % lengths.length] ?? 1) * scale;
    yield text.slice(offset, offset + length);
    offset += length;
  }
}
