import { partsOf } from "./parts.ts";
import type { Definition, Shape } from "./shape.ts";

/** How often `root` and the definitions that it refers to refer to each definition. */
export function countReferences(root: Shape): ReadonlyMap<Definition, number> {
  const counts = new Map<Definition, number>();
  const count = (shape: Shape): void => {
    for (const part of partsOf(shape)) count(part);
    if (shape.kind !== "reference") return;
    const { definition } = shape;
    const known = counts.get(definition) ?? 0;
    counts.set(definition, known + 1);
    if (known === 0 && definition.name !== "Root") count(definition.shape);
  };
  count(root);
  return counts;
}
