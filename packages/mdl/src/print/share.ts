import { isAnnotated } from "../shape/annotations.ts";
import { countReferences } from "../shape/count-references.ts";
import { definitionName } from "../shape/definition-name.ts";
import { mapParts, partsOf } from "../shape/parts.ts";
import type { Definition, Shape } from "../shape/shape.ts";
import { split } from "./forms.ts";
import { writeType } from "./printer.ts";

/** Shorter types are read faster where they stand than by a name. */
const leastLength = 16;

/**
 * A shape that says the same as `root`, with names for what it says several times: everything that may have a name becomes
 * a reference to the one definition of its text, and what is then referred to once takes the place of its reference again.
 */
export function share(root: Shape): Shape {
  const names = new Set<string>();
  /** What stands for a definition of the schema, or for a text. */
  const definitions = new Map<Definition | string, Definition>();

  const refer = (shape: Shape): Shape => {
    const [type, annotations] = split(shape);
    const text = textOf(type);
    if (text.length < leastLength) return referWithin(shape);
    const definition = definitions.get(text) ?? { name: "", shape: type };
    definitions.set(text, definition);
    return { kind: "reference", definition, ...annotations };
  };

  const referWithin = (shape: Shape): Shape =>
    shape.kind === "reference"
      ? { ...shape, definition: definitions.get(shape.definition) ?? shape.definition }
      : mapParts(shape, refer);

  for (const definition of countReferences(root).keys()) {
    const { name, shape } = definition;
    names.add(name);
    if (name === "Root") continue;
    const own = { name, shape };
    definitions.set(definition, own);
    const text = textOf(shape);
    if (!isAnnotated(shape) && !definitions.has(text)) definitions.set(text, own);
  }
  const referring = referWithin(root);
  // Grows as it is walked: what a definition is made of may be repeated too.
  for (const definition of definitions.values()) definition.shape = referWithin(definition.shape);

  const counts = countReferences(referring);
  const unsettled = new Set(counts.keys());
  /** Names what is referred to several times by the nearest key around it, and puts all else in place. */
  const settle = (shape: Shape, key: string): Shape => {
    if (shape.kind !== "reference" || shape.definition.name === "Root") {
      return mapParts(shape, (part, name = key) => settle(part, name));
    }
    const { kind: _, definition, ...annotations } = shape;
    const name = definition.name || key;
    if (counts.get(definition) === 1) return { ...settle(definition.shape, name), ...annotations };
    if (unsettled.delete(definition)) {
      definition.name ||= definitionName(key, names);
      names.add(definition.name);
      definition.shape = settle(definition.shape, definition.name);
    }
    return shape;
  };
  return settle(referring, "Item");
}

/** The text of what a name would tell more of than the type of a single value; empty for anything else. */
function textOf(shape: Shape): string {
  return isNamable(shape) ? writeType(shape, new Map()) : "";
}

function isNamable(shape: Shape): boolean {
  switch (shape.kind) {
    case "object":
      return shape.fields.length > 0;
    case "list":
    case "union":
      return partsOf(shape).some(isNamable);
    case "str":
      return Object.keys(shape.bounds).length > 0;
    default:
      return shape.kind === "literal";
  }
}
