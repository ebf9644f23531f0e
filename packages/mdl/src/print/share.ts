import { countReferences } from "../shape/count-references.ts";
import { definitionName } from "../shape/definition-name.ts";
import { mapParts, partsOf } from "../shape/parts.ts";
import type { Definition, Shape } from "../shape/shape.ts";
import { isAnnotated } from "../shape/unite.ts";
import { split } from "./forms.ts";
import { writeType } from "./printer.ts";

/** Shorter types are read faster where they stand than by a name. */
const leastLength = 16;

/** A shape that says the same as `root`, in references where it repeats itself. */
export function share(root: Shape): Shape {
  const names = new Set<string>();
  /** What is written for each shape, but for those within what was written before. */
  const texts = new Map<Shape, string>();
  const counts = new Map<string, number>();
  /** Definitions by text: those of the schema, and others named by the nearest key around the text. */
  const known = new Map<string, Definition>();
  /** Definitions with references in them, by those without. */
  const replaced = new Map<Definition, Definition>();

  function count(shape: Shape): void {
    if (shape.kind === "reference") {
      const { definition } = shape;
      const { name, shape: target } = definition;
      if (names.has(name)) return;
      names.add(name);
      if (name === "Root") return;
      count(target);
      const text = texts.get(target);
      if (text && !isAnnotated(target) && !known.has(text)) known.set(text, definition);
    } else {
      const text = isNamable(shape) ? writeType(split(shape)[0], new Map()) : "";
      const before = counts.get(text) ?? 0;
      texts.set(shape, text);
      counts.set(text, before + 1);
      if (!text || before === 0) for (const part of partsOf(shape)) count(part);
    }
  }

  function replace(shape: Shape, key: string): Shape {
    const text = texts.get(shape) ?? "";
    if (text.length < leastLength || counts.get(text) === 1) return replaceWithin(shape, key);
    const [type, annotations] = split(shape);
    const definition = known.get(text) ?? { name: definitionName(key, names), shape: type };
    known.set(text, definition);
    return { kind: "reference", definition: replacedOf(definition), ...annotations };
  }

  function replaceWithin(shape: Shape, key: string): Shape {
    return shape.kind === "reference" && shape.definition.name !== "Root"
      ? { ...shape, definition: replacedOf(shape.definition) }
      : mapParts(shape, (part, name = key) => replace(part, name));
  }

  function replacedOf(definition: Definition): Definition {
    let own = replaced.get(definition);
    if (own === undefined) {
      own = { ...definition };
      names.add(own.name);
      replaced.set(definition, own);
      own.shape = replaceWithin(own.shape, own.name);
    }
    return own;
  }

  count(root);
  return inlineSingles(replaceWithin(root, "Item"));
}

/** `root` with the definitions that it refers to once in the place of the reference; those that stay are changed to match. */
function inlineSingles(root: Shape): Shape {
  const counts = countReferences(root);
  const unchanged = new Set(counts.keys());
  const inline = (shape: Shape): Shape => {
    if (shape.kind !== "reference") return mapParts(shape, (part) => inline(part));
    const { kind: _, definition, ...annotations } = shape;
    if (definition.name === "Root") return shape;
    if (counts.get(definition) === 1) return { ...inline(definition.shape), ...annotations };
    if (unchanged.delete(definition)) definition.shape = inline(definition.shape);
    return shape;
  };
  return inline(root);
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
