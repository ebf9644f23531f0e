import { countReferences } from "../shape/count-references.ts";
import { mapParts } from "../shape/parts.ts";
import type { Definition, Shape } from "../shape/shape.ts";

/** `root` with the definitions that it refers to once in the place of the reference; those that stay are changed to match. */
export function inlineSingles(root: Shape): Shape {
  const counts = countReferences(root);
  const done = new Set<Definition>();
  const inline = (shape: Shape): Shape => {
    if (shape.kind !== "reference") return mapParts(shape, (part) => inline(part));
    const { kind: _, definition, ...annotations } = shape;
    if (definition.name === "Root") return shape;
    if (counts.get(definition) === 1) return { ...inline(definition.shape), ...annotations };
    if (!done.has(definition)) {
      done.add(definition);
      definition.shape = inline(definition.shape);
    }
    return shape;
  };
  return inline(root);
}
