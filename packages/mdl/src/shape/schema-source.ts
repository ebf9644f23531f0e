import { jsonPointer, type Keys, partAt } from "../json-pointer.ts";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { countReferences } from "./count-references.ts";
import { definitionName } from "./definition-name.ts";
import { isMap } from "./is-map.ts";
import type { Definition, Shape } from "./shape.ts";

/** Where a schema stands. */
export interface SchemaPlace {
  /** Where the values are that it describes. */
  readonly keys: Keys;
  readonly source: SchemaSource;
  /** The enclosing schema with an `$id` of its own, where references start. */
  readonly base: object;
  /** How many schemas it stands within. */
  readonly depth: number;
}

/** A JSON Schema object within a schema. */
export interface SchemaNode extends SchemaPlace {
  readonly schema: Readonly<Record<string, unknown>>;
  /** Builds the shape of a schema that describes what `keys` lead to in the values of this one. */
  readonly build: (schema: unknown, keys?: Keys, base?: object) => Shape;
}

/** A keyword that constrains nothing. */
export interface SchemaNote {
  /** JSON Pointer of the values that the schema describes, `*` standing for every element. */
  readonly path: string;
  readonly keyword: string;
}

/** A whole schema while its shapes are built: what its references lead to, and what it says in vain. */
export class SchemaSource {
  readonly notes: SchemaNote[] = [];
  /** Whether `$ref` makes everything beside it void, as in the drafts before 2019-09. */
  readonly refAlone: boolean;
  readonly #root: object;
  readonly #alone: ReadonlySet<unknown>;
  readonly #byId: ReadonlyMap<string, object>;
  /** In the order in which they were finished: those within come before those that hold them. */
  readonly #finished: Definition[] = [];
  /** By what they define; the whole schema has no shape until it is built. */
  readonly #known = new Map<unknown, Definition>();
  /** What refers to itself, directly or not. */
  readonly #recursive = new Set<unknown>();
  readonly #names = new Set<string>();

  /** What is in `alone` gets no definition: it stands in the place of the reference. */
  constructor(root: object, alone: ReadonlySet<unknown> = new Set()) {
    this.#root = root;
    this.#alone = alone;
    this.#byId = schemasById(root);
    this.refAlone = /draft-0[3467]/.test(String((root as { $schema?: unknown }).$schema));
  }

  note(keys: Keys, keyword: string): void {
    this.notes.push({ path: jsonPointer(keys), keyword });
  }

  /** The shape of what the reference of `node` leads to, built once. */
  refer(node: SchemaNode): Shape {
    const { target, base, name } = this.#resolve(node);
    if (this.#alone.has(target)) return node.build(target, [], base);
    let definition = this.#known.get(target);
    if (definition === undefined) {
      const isRoot = target === this.#root;
      definition = { name: isRoot ? "Root" : definitionName(name, this.#names) } as Definition;
      this.#names.add(definition.name);
      this.#known.set(target, definition);
      if (!isRoot) {
        definition.shape = node.build(target, [], base);
        this.#finished.push(definition);
      }
    } else if (definition.shape === undefined) this.#recursive.add(target);
    return { kind: "reference", definition };
  }

  /** What `root`, which is what the whole became, refers to once, and does not refer to itself. */
  alone(root: Shape): ReadonlySet<unknown> {
    const counts = countReferences(root);
    const found = [...this.#known].filter(
      ([target, definition]) =>
        counts.get(definition) === 1 && definition.shape && !this.#recursive.has(target),
    );
    return new Set(found.map(([target]) => target));
  }

  /** The definitions, once all is built; `root` is what the whole became. */
  finish(root: Shape): readonly Definition[] {
    const whole = this.#known.get(this.#root);
    if (whole) whole.shape = root;
    return this.#finished;
  }

  /** Follows references to references down to what is not just another. */
  #resolve({ schema: { $ref: reference }, keys, base: start }: SchemaNode) {
    let base = start;
    let name = String(reference);
    const seen = new Set<unknown>();
    for (;;) {
      const [place = "", fragment = ""] = name.split("#");
      const known = place === "" ? base : this.#byId.get(place);
      base = known ?? this.#root;
      const target =
        (known && (find(known, fragment) ?? find(this.#root, fragment))) ?? this.#byId.get(`#${fragment}`);
      if (typeof reference !== "string" || target === undefined || seen.has(target)) {
        const remedy = "give it the place of a schema within this one";
        throw new MdlSchemaError(keys, `the reference ${JSON.stringify(reference)}`, remedy);
      }
      seen.add(target);
      const isReference =
        isMap(target) && Object.keys(target).every((keyword) => /^\$(ref|id|defs)$/.test(keyword));
      if (!isReference || typeof target.$ref !== "string") return { target, base, name };
      name = target.$ref;
    }
  }
}

/** The schemas of `root` that have a name of their own, by that. */
function schemasById(root: object): ReadonlyMap<string, object> {
  const byId = new Map<string, object>();
  // A set gives what is added to it while it is gone through, and holds nothing twice.
  const found = new Set<object>([root]);
  for (const value of found) {
    const { $id, id, $anchor } = value as Record<string, unknown>;
    for (const name of [$id, id, $anchor && `#${$anchor}`]) {
      if (typeof name === "string" && !byId.has(name)) byId.set(name.replace(/#$/, ""), value);
    }
    for (const part of Object.values(value)) if (part && typeof part === "object") found.add(part);
  }
  return byId;
}

/** What a fragment leads to: nothing, or a JSON Pointer. */
function find(base: object, fragment: string): unknown {
  return /^(?!\/|$)/.test(fragment) ? undefined : partAt(base, decoded(fragment));
}

/** What a fragment stands for; a percent sign that begins no code stands for itself. */
function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
