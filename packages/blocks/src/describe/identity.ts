import type { DescribedBlock } from "./block-details.ts";
import { blockDetails } from "./block-details.ts";

/** What decides what a block does, as a text. Of functions it has their source, which says nothing of the variables around them. */
export function identityOf(...parts: readonly unknown[]): string {
  return JSON.stringify(parts, (_key, part: unknown) => {
    if (typeof part === "function" || part instanceof RegExp) return String(part);
    return part instanceof Headers ? [...part] : part;
  });
}

/** The identities of a block and of all its parts, as a text. */
export function wholeIdentityOf(block: DescribedBlock): string {
  const { identity = "", parts = [] } = block[blockDetails];
  return JSON.stringify([identity, ...parts.map((part) => wholeIdentityOf(part.block))]);
}
