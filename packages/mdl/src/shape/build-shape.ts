import { MdlSchemaError } from "../mdl-schema-error.ts";
import { annotate } from "./annotations.ts";
import type { BoundedKind } from "./bound-types.ts";
import { readBounds } from "./bounds.ts";
import { buildList } from "./build-list.ts";
import { buildLiteral } from "./build-literal.ts";
import { buildObject, objectWith } from "./build-object.ts";
import { intersect } from "./intersect.ts";
import { shown } from "./is-json.ts";
import { isMap } from "./is-map.ts";
import { checkKeywords, dependencyKeywords, keywordsOfKind } from "./keywords.ts";
import { entriesOf, listOf, namesOf, wrongValue } from "./schema-node.ts";
import type { SchemaNode, SchemaPlace } from "./schema-source.ts";
import { never, type Shape } from "./shape.ts";
import { type TypedKind, typeNames } from "./type-names.ts";
import { unite } from "./unite.ts";

/** More than any prompt has, and little enough for every stack. */
const maxDepth = 250;

/** Keys of a path too deep to be read to its end. */
const shownKeys = 5;

/**
 * Builds the shape of a schema: what each of its keywords says, all at once.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL does not have.
 */
export function buildShape(schema: unknown, place: SchemaPlace): Shape {
  const { keys, source, depth } = place;
  const any: Shape = { kind: "any", declared: keys };
  if (schema === true) return any;
  if (schema === false) return never;
  if (!isMap(schema)) {
    throw new MdlSchemaError(keys, shown(schema), "give a JSON Schema object");
  }
  const { $id, $ref } = schema;
  const isAlone = $ref !== undefined && source.refAlone;
  const base = typeof $id === "string" && !$id.startsWith("#") ? schema : place.base;
  const node: SchemaNode = {
    schema,
    keys,
    source,
    base,
    build: (part, more = [], start = base) =>
      buildShape(part, {
        keys: [...keys, ...more],
        source,
        base: start,
        depth: isAlone ? depth : depth + 1,
      }),
  };
  if (isAlone) return annotate(source.refer(node), schema);
  checkKeywords(node);
  if (depth === maxDepth) {
    const found = `more than ${maxDepth} schemas within each other`;
    throw new MdlSchemaError(
      keys.slice(0, shownKeys),
      found,
      "refer to a schema that holds itself with $ref",
    );
  }
  const shape = intersect([
    ...typed(node),
    ...($ref === undefined ? [] : [source.refer(node)]),
    ...combined(node),
    ...conditions(node),
    any,
  ]);
  return annotate(shape, schema);
}

/** What `type`, the keywords of the types and `enum` or `const` say. */
function typed(node: SchemaNode): readonly Shape[] {
  const { schema } = node;
  const bases =
    schema.type === undefined
      ? boundedKinds
          .filter((kind) => keywordsOfKind[kind].some((keyword) => schema[keyword] !== undefined))
          .map((kind) => ({ ...buildKind(node, kind), loose: true }) as Shape)
      : [unite([schema.type].flat().map((type) => buildKind(node, kindOf(type, node))))];
  return schema.enum === undefined && !("const" in schema) ? bases : buildLiteral(node, bases);
}

const boundedKinds = Object.keys(keywordsOfKind) as BoundedKind[];
const typedKinds = Object.keys(typeNames) as TypedKind[];

function kindOf(type: unknown, { keys }: SchemaNode): TypedKind {
  const kind = typedKinds.find((known) => typeNames[known] === type);
  if (kind) return kind;
  const remedy = "use string, integer, number, boolean, null, array or object";
  throw new MdlSchemaError(keys, `the type ${shown(type)}`, remedy);
}

function buildKind(node: SchemaNode, kind: TypedKind): Shape {
  switch (kind) {
    case "list":
      return buildList(node);
    case "object":
      return buildObject(node);
    case "str":
      return { kind, bounds: readBounds(node, kind) };
    case "int":
    case "float":
      return { kind, bounds: readBounds(node, "float") };
    default:
      return { kind };
  }
}

/** What the schemas in `allOf`, `anyOf`, `oneOf` and `not` say. */
function combined(node: SchemaNode): readonly Shape[] {
  const { not } = node.schema;
  const members = (keyword: string, join: (shapes: readonly Shape[]) => readonly Shape[]) => {
    const schemas = listOf(node, keyword);
    if (schemas?.length === 0) throw wrongValue(node, keyword, "a list that is not empty");
    return schemas ? join(schemas.map((schema) => node.build(schema))) : [];
  };
  const any = members("anyOf", (shapes) => [unite(shapes)]);
  const one = members("oneOf", (shapes) => [unite(shapes, true)]);
  const every = members("allOf", (shapes) => shapes);
  return [...every, ...any, ...one, ...(not === undefined ? [] : [negate(node.build(not))])];
}

/** What `if` and the keywords for keys that depend on others say, in terms of unions. */
function conditions(node: SchemaNode): readonly Shape[] {
  const { if: condition, then = true, else: otherwise = true } = node.schema;
  const implied: Shape[] = [];
  if (condition !== undefined && !(then === true && otherwise === true)) {
    const test = node.build(condition);
    implied.push(unite([negate(test), node.build(then)]), unite([test, node.build(otherwise)]));
  }
  for (const keyword of dependencyKeywords) {
    for (const [name, needed] of entriesOf(node, keyword)) {
      const needs = Array.isArray(needed)
        ? objectWith(namesOf({ ...node, schema: { [name]: needed } }, name))
        : node.build(needed);
      implied.push(unite([negate(objectWith([name])), needs]));
    }
  }
  return implied;
}

function negate(shape: Shape): Shape {
  if (shape.kind === "any") return never;
  return shape.kind === "not" ? shape.shape : { kind: "not", shape };
}
