import { defined } from "../defined.ts";
import { definitionName } from "../shape/definition-name.ts";
import { mapParts, partsOf } from "../shape/parts.ts";
import type { Annotations, Definition, Shape } from "../shape/shape.ts";
import { isOpen } from "./forms.ts";
import { inlineSingles } from "./inline-singles.ts";
import { Printer } from "./printer.ts";

/** Shorter types are read faster where they stand than by a name. */
const leastLength = 16;

/** Names what a schema says several times without naming it itself. */
export class Sharing {
  readonly #texts = new Map<Shape, string>();
  readonly #counts = new Map<string, number>();
  /** What stands for a text, or for a definition of the schema. */
  readonly #shared = new Map<string | Definition, Definition>();
  /** What the schema names by itself, by text. */
  readonly #known = new Map<string, Definition>();
  readonly #names = new Set<string>();

  /** A shape that says the same as `root`, in references where it repeats itself. */
  share(root: Shape): Shape {
    this.#count(root);
    return inlineSingles(mapParts(root, this.#replace));
  }

  #count(shape: Shape): void {
    if (shape.kind === "reference") {
      const { definition } = shape;
      if (this.#names.has(definition.name)) return;
      this.#names.add(definition.name);
      if (definition.name === "Root") return;
      this.#count(definition.shape);
      const text = this.#texts.get(definition.shape);
      const says = Object.keys(split(definition.shape).annotations).some((keyword) => keyword !== "title");
      if (text !== undefined && !says && !this.#known.has(text)) this.#known.set(text, definition);
      return;
    }
    if (isNamable(shape)) {
      const text = new Printer("lossless").type(split(shape).type);
      this.#texts.set(shape, text);
      const count = (this.#counts.get(text) ?? 0) + 1;
      this.#counts.set(text, count);
      if (count > 1) return;
    }
    for (const part of partsOf(shape)) this.#count(part);
  }

  readonly #replace = (shape: Shape, key?: string): Shape => {
    if (shape.kind === "reference") {
      const { name, shape: target } = shape.definition;
      return name === "Root"
        ? shape
        : { ...shape, definition: this.#definition(shape.definition, name, target) };
    }
    const text = this.#texts.get(shape) ?? "";
    const inner = (part: Shape, name = key) => this.#replace(part, name);
    if (text.length < leastLength || this.#counts.get(text) === 1) return mapParts(shape, inner);
    const { type, annotations } = split(shape);
    const known = this.#known.get(text);
    if (known !== undefined) {
      const definition = this.#definition(known, known.name, known.shape);
      return { kind: "reference", definition, ...annotations };
    }
    const name = this.#shared.get(text)?.name ?? definitionName(key ?? "Item", this.#names);
    this.#names.add(name);
    const definition = this.#definition(text, name, type);
    return { kind: "reference", definition, ...annotations };
  };

  #definition(key: string | Definition, name: string, shape: Shape): Definition {
    let definition = this.#shared.get(key);
    if (definition === undefined) {
      definition = { name, shape };
      this.#shared.set(key, definition);
      definition.shape = mapParts(shape, (part, inner = name) => this.#replace(part, inner));
    }
    return definition;
  }
}

/** Whether a name for a shape would tell more than the type of a single value. */
function isNamable(shape: Shape): boolean {
  if (shape.kind === "object") return shape.fields.length > 0;
  if (shape.kind === "list")
    return [...shape.prefix, shape.rest].some((part) => !isOpen(part) && isNamable(part));
  if (shape.kind === "union") return shape.members.some(isNamable);
  return shape.kind === "literal" || (shape.kind === "str" && Object.keys(shape.bounds).length > 0);
}

/** A type, and what is said of it at one place only. */
function split(shape: Shape): { readonly type: Shape; readonly annotations: Annotations } {
  const { title, description, default: fallback, examples, readOnly, writeOnly, deprecated, ...type } = shape;
  const annotations = { title, description, default: fallback, examples, readOnly, writeOnly, deprecated };
  return { type: type as Shape, annotations: defined(annotations) };
}
