import { jsonPointer, type Keys } from "../json-pointer.ts";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { countReferences } from "./count-references.ts";
import { definitionName } from "./definition-name.ts";
import { isMap } from "./is-map.ts";
import type { Definition, Shape } from "./shape.ts";

/** A JSON Schema object within a schema, and where the values are that it describes. */
export interface SchemaNode {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly keys: Keys;
  readonly source: SchemaSource;
  /** The enclosing schema with an `$id` of its own, where references start. */
  readonly base: object;
}

/** Builds the shape of a schema that stands at a place. */
export type BuildShape = (schema: unknown, place: Omit<SchemaNode, "schema">) => Shape;

/** A keyword that constrains nothing. */
export interface SchemaNote {
  /** JSON Pointer of the values that the schema describes, `*` standing for every element. */
  readonly path: string;
  readonly keyword: string;
}

/** What is known of a definition while shapes are built. */
interface Entry {
  readonly definition: Definition;
  /** Whether it refers to itself, directly or not. */
  recursive: boolean;
  built: boolean;
}

/** More than any prompt has, and little enough for every stack. */
const maxDepth = 250;

/** Keys of a path too deep to be read to its end. */
const shownKeys = 5;

/** A whole schema while its shapes are built: what its references lead to, and what it says in vain. */
export class SchemaSource {
  readonly notes: SchemaNote[] = [];
  /** Whether `$ref` makes everything beside it void, as in the drafts before 2019-09. */
  readonly refAlone: boolean;
  readonly #root: object;
  readonly #alone: ReadonlySet<unknown>;
  readonly #byId = new Map<string, unknown>();
  /** In the order in which they were finished: those within come before those that hold them. */
  readonly #finished: Entry[] = [];
  readonly #entries = new Map<unknown, Entry>();
  readonly #names = new Set<string>();
  #depth = 0;

  /** What is in `alone` gets no definition: it stands in the place of the reference. */
  constructor(root: object, alone: ReadonlySet<unknown> = new Set()) {
    this.#root = root;
    this.#alone = alone;
    this.refAlone = /draft-0[3467]/.test(String((root as { $schema?: unknown }).$schema));
    this.#index(root);
  }

  /**
   * What `build` gives, for a schema that stands within those that are being built.
   *
   * @throws {@link MdlSchemaError} when too many do, as where an object holds itself.
   */
  within<T>(keys: Keys, build: () => T): T {
    if (this.#depth === maxDepth) {
      const found = `more than ${maxDepth} schemas within each other`;
      throw new MdlSchemaError(
        keys.slice(0, shownKeys),
        found,
        "refer to a schema that holds itself with $ref",
      );
    }
    this.#depth += 1;
    try {
      return build();
    } finally {
      this.#depth -= 1;
    }
  }

  note(keys: Keys, keyword: string): void {
    this.notes.push({ path: jsonPointer(keys), keyword });
  }

  /** The shape of what `reference` leads to, built by `build` once. */
  refer(node: SchemaNode, reference: unknown, build: (schema: unknown, base: object) => Shape): Shape {
    const { target, base, name } = this.#resolve(node, reference);
    if (this.#alone.has(target)) return build(target, base);
    let entry = this.#entries.get(target);
    if (entry === undefined) {
      const ownName = target === this.#root ? "Root" : definitionName(name, this.#names);
      this.#names.add(ownName);
      const definition = { name: ownName } as Definition;
      entry = { definition, recursive: target === this.#root, built: false };
      this.#entries.set(target, entry);
      if (target !== this.#root) {
        definition.shape = build(target, base);
        entry.built = true;
        this.#finished.push(entry);
      }
    } else if (!entry.built) {
      entry.recursive = true;
    }
    return { kind: "reference", definition: entry.definition };
  }

  /** What `root`, which is what the whole became, refers to once, and does not refer to itself. */
  alone(root: Shape): ReadonlySet<unknown> {
    const counts = countReferences(root);
    const found = [...this.#entries].filter(
      ([, entry]) => counts.get(entry.definition) === 1 && !entry.recursive,
    );
    return new Set(found.map(([target]) => target));
  }

  /** The definitions, once all is built; `root` is what the whole became. */
  finish(root: Shape): readonly Definition[] {
    const own = this.#entries.get(this.#root);
    if (own !== undefined) own.definition.shape = root;
    return this.#finished.map(({ definition }) => definition);
  }

  /** Follows references to references down to what is not just another. */
  #resolve(node: SchemaNode, reference: unknown) {
    let { base } = node;
    let name = String(reference);
    const seen = new Set<unknown>();
    for (;;) {
      const [place = "", fragment = ""] = name.split("#");
      base = place === "" ? base : ((this.#byId.get(place) ?? this.#root) as object);
      const known = place === "" || this.#byId.has(place);
      const inBase = known ? find(base, fragment) : undefined;
      const target =
        inBase ?? (known ? find(this.#root, fragment) : undefined) ?? this.#byId.get(`#${fragment}`);
      if (typeof reference !== "string" || target === undefined || seen.has(target)) {
        const remedy = "give it the place of a schema within this one";
        throw new MdlSchemaError(node.keys, `the reference ${JSON.stringify(reference)}`, remedy);
      }
      seen.add(target);
      if (!isMap(target) || typeof target.$ref !== "string" || Object.keys(target).some(saysMore)) {
        return { target, base, name };
      }
      name = target.$ref;
    }
  }

  #index(root: object): void {
    // A set gives what is added to it while it is gone through, and holds nothing twice.
    const found = new Set<object>([root]);
    for (const value of found) {
      const { $id, id, $anchor } = value as Record<string, unknown>;
      for (const name of [$id, id, $anchor && `#${$anchor}`]) {
        if (typeof name === "string" && !this.#byId.has(name)) this.#byId.set(name.replace(/#$/, ""), value);
      }
      for (const part of Object.values(value)) if (typeof part === "object" && part !== null) found.add(part);
    }
  }
}

function saysMore(keyword: string): boolean {
  return keyword !== "$ref" && keyword !== "$id" && keyword !== "$defs";
}

/** What a fragment leads to: nothing, or a JSON Pointer. */
function find(base: unknown, fragment: string): unknown {
  if (fragment !== "" && !fragment.startsWith("/")) return undefined;
  let found = base;
  for (const segment of decoded(fragment).split("/").slice(1)) {
    const key = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

/** What a fragment stands for; a percent sign that begins no code stands for itself. */
function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
