import { type Keys, partAt } from "../json-pointer.ts";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { countReferences } from "./count-references.ts";
import { definitionName } from "./definition-name.ts";
import { shown } from "./is-json.ts";
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
export interface SchemaNode extends Omit<SchemaPlace, "depth"> {
  readonly schema: Readonly<Record<string, unknown>>;
  /** Builds the shape of a schema for what `keys` lead to in the values of this one. */
  readonly build: (schema: unknown, keys?: Keys, base?: object) => Shape;
}

/** A keyword that constrains nothing. */
export interface SchemaNote {
  /** JSON Pointer of the values that the schema describes, `*` standing for every element. */
  readonly path: string;
  readonly keyword: string;
}

/** A whole schema while its shapes are built: what its references lead to, and what it says in vain. */
export interface SchemaSource {
  readonly notes: SchemaNote[];
  /** Whether `$ref` makes everything beside it void, as in the drafts before 2019-09. */
  readonly refAlone: boolean;
  /** The shape of what the reference of a schema leads to, built once. */
  readonly refer: (node: SchemaNode) => Shape;
  /**
   * The definitions, once all is built, in the order in which they were finished: those within come before those that
   * hold them. `alone` is what the whole, which became `root`, refers to once and does not refer to itself.
   */
  readonly finish: (root: Shape) => { definitions: readonly Definition[]; alone: ReadonlySet<unknown> };
}

/** Starts to read a schema. What is in `alone` gets no definition: it stands in the place of the reference. */
export function readSource(
  whole: Readonly<Record<string, unknown>>,
  alone: ReadonlySet<unknown>,
): SchemaSource {
  const byId = schemasById(whole);
  const definitions: Definition[] = [];
  const own = { name: "Root" } as Definition;
  /** By what they define; the whole has no shape until all is built. */
  const known = new Map<unknown, Definition>([[whole, own]]);
  const names = new Set<string>();
  /** What refers to itself, directly or not. */
  const recursive = new Set<unknown>();

  /** Follows references to references down to what is not just another. */
  function resolve({ schema: { $ref: reference }, keys, base: start }: SchemaNode) {
    let base = start;
    let name = String(reference);
    const seen = new Set<unknown>();
    for (;;) {
      const [place = "", fragment = ""] = name.split("#");
      const within = place === "" ? base : byId.get(place);
      base = within ?? whole;
      const target =
        (within && (find(within, fragment) ?? find(whole, fragment))) ?? byId.get(`#${fragment}`);
      if (typeof reference !== "string" || target === undefined || seen.has(target)) {
        const remedy = "give it the place of a schema within this one";
        throw new MdlSchemaError(keys, `the reference ${shown(reference)}`, remedy);
      }
      seen.add(target);
      const isReference =
        isMap(target) && Object.keys(target).every((keyword) => /^\$(ref|id|defs)$/.test(keyword));
      if (!isReference || typeof target.$ref !== "string") return { target, base, name };
      name = target.$ref;
    }
  }

  return {
    notes: [],
    refAlone: /draft-0[3467]/.test(String(whole.$schema)),
    refer(node) {
      const { target, base, name } = resolve(node);
      const build = () => node.build(target, [], base);
      if (alone.has(target)) return build();
      let definition = known.get(target);
      if (definition === undefined) {
        definition = { name: definitionName(name, names) } as Definition;
        names.add(definition.name);
        known.set(target, definition);
        definition.shape = build();
        definitions.push(definition);
      } else if (definition.shape === undefined) recursive.add(target);
      return { kind: "reference", definition };
    },
    finish(root) {
      own.shape = root;
      const counts = countReferences(root);
      const single = [...known].filter(
        ([target, definition]) => counts.get(definition) === 1 && !recursive.has(target),
      );
      return { definitions, alone: new Set(single.map(([target]) => target)) };
    },
  };
}

/** The schemas of `root` that have a name of their own, by that. */
function schemasById(root: object): ReadonlyMap<string, object> {
  const byId = new Map<string, object>();
  // A set gives what is added to it while it is gone through, and holds nothing twice.
  const found = new Set<object>([root]);
  for (const value of found) {
    const { $id, id, $anchor } = value as Record<string, unknown>;
    for (const given of [$id, id, $anchor && `#${$anchor}`]) {
      if (typeof given !== "string") continue;
      const name = given.replace(/#$/, "");
      byId.set(name, byId.get(name) ?? value);
    }
    for (const part of Object.values(value)) if (part && typeof part === "object") found.add(part);
  }
  return byId;
}

/** What a fragment leads to: nothing, or a JSON Pointer. */
function find(base: object, fragment: string): unknown {
  if (!/^(\/|$)/.test(fragment)) return undefined;
  try {
    return partAt(base, decodeURIComponent(fragment));
  } catch {
    // A percent sign that begins no code stands for itself.
    return partAt(base, fragment);
  }
}
