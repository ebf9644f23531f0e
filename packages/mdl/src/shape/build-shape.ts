import { defined } from "../defined.ts";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { readBounds } from "./bounds.ts";
import { buildList } from "./build-list.ts";
import { buildLiteral } from "./build-literal.ts";
import { buildObject, objectWith } from "./build-object.ts";
import { intersect } from "./intersect.ts";
import { isJson } from "./is-json.ts";
import { isMap } from "./is-map.ts";
import { checkKeywords, hasKeywordsOf, keywordsOfType } from "./keywords.ts";
import { entriesOf, listOf, namesOf, wrongValue } from "./schema-node.ts";
import type { SchemaNode } from "./schema-source.ts";
import type { Annotations, Shape } from "./shape.ts";
import { unite } from "./unite.ts";

/**
 * Builds the shape of a schema: what each of its keywords says, all at once.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL does not have.
 */
export function buildShape(value: unknown, place: Omit<SchemaNode, "schema">): Shape {
  if (value === true) return { kind: "any", declared: place.keys };
  if (value === false) return { kind: "never" };
  if (!isMap(value)) {
    throw new MdlSchemaError(place.keys, JSON.stringify(value) ?? String(value), "give a JSON Schema object");
  }
  const base = typeof value.$id === "string" && !value.$id.startsWith("#") ? value : place.base;
  const node: SchemaNode = { ...place, schema: value, base };
  if (value.$ref !== undefined && node.source.refAlone) return annotate(referTo(node), node);
  checkKeywords(node);
  const conjuncts = place.source.within(place.keys, () => [
    ...typed(node),
    ...(value.$ref === undefined ? [] : [referTo(node)]),
    ...combined(node),
    ...conditions(node),
  ]);
  const shape: Shape = conjuncts.length === 0 ? { kind: "any", declared: place.keys } : intersect(conjuncts);
  return annotate(shape, node);
}

function referTo(node: SchemaNode): Shape {
  const { keys, source } = node;
  return source.refer(node, node.schema.$ref, (schema, base) => buildShape(schema, { keys, source, base }));
}

/** What `type`, the keywords of the types and `enum` or `const` say. */
function typed(node: SchemaNode): readonly Shape[] {
  const { type } = node.schema;
  const loose = Object.keys(keywordsOfType) as (keyof typeof keywordsOfType)[];
  const bases =
    type === undefined
      ? loose
          .filter((name) => hasKeywordsOf(node, name))
          .map((name): Shape => ({ ...buildTyped(node, name), loose: true }) as Shape)
      : [unite([type].flat().map((name) => buildTyped(node, name)))];
  return node.schema.enum === undefined && !("const" in node.schema) ? bases : buildLiteral(node, bases);
}

function buildTyped(node: SchemaNode, type: unknown): Shape {
  switch (type) {
    case "string":
      return { kind: "str", bounds: readBounds(node, "string") };
    case "integer":
      return { kind: "int", bounds: readBounds(node, "number") };
    case "number":
      return { kind: "float", bounds: readBounds(node, "number") };
    case "boolean":
      return { kind: "bool" };
    case "null":
      return { kind: "null" };
    case "array":
      return buildList(node, buildShape);
    case "object":
      return buildObject(node, buildShape);
    default:
      throw new MdlSchemaError(
        node.keys,
        `the type ${JSON.stringify(type)}`,
        "use string, integer, number, boolean, null, array or object",
      );
  }
}

/** What the schemas in `allOf`, `anyOf`, `oneOf` and `not` say. */
function combined(node: SchemaNode): readonly Shape[] {
  const { not } = node.schema;
  const members = (keyword: string) => {
    const schemas = listOf(node, keyword);
    if (schemas?.length === 0) throw wrongValue(node, keyword, "a list that is not empty");
    return schemas?.map((schema) => buildShape(schema, node));
  };
  const any = members("anyOf");
  const one = members("oneOf");
  return [
    ...(members("allOf") ?? []),
    ...(any ? [unite(any)] : []),
    ...(one ? [unite(one, true)] : []),
    ...(not === undefined ? [] : [negate(buildShape(not, node))]),
  ];
}

/** What `if` and the keywords for keys that depend on others say, in terms of unions. */
function conditions(node: SchemaNode): readonly Shape[] {
  const { if: condition, then = true, else: otherwise = true } = node.schema;
  const build = (schema: unknown) => buildShape(schema, node);
  const implied: Shape[] = [];
  if (condition !== undefined && !(then === true && otherwise === true)) {
    const test = build(condition);
    implied.push(unite([negate(test), build(then)]), unite([test, build(otherwise)]));
  }
  for (const keyword of ["dependencies", "dependentRequired", "dependentSchemas"]) {
    for (const [name, needed] of entriesOf(node, keyword)) {
      const needs = Array.isArray(needed)
        ? objectWith(namesOf({ ...node, schema: { [name]: needed } }, name))
        : build(needed);
      implied.push(unite([negate(objectWith([name])), needs]));
    }
  }
  return implied;
}

function negate(shape: Shape): Shape {
  if (shape.kind === "any") return { kind: "never" };
  return shape.kind === "not" ? shape.shape : { kind: "not", shape };
}

/** Adds what the schema says beside the type. */
function annotate(shape: Shape, { schema }: SchemaNode): Shape {
  const { title, description, default: fallback, examples } = schema;
  const flags = ["readOnly", "writeOnly", "deprecated"].map((flag) => [
    flag,
    schema[flag] === true || undefined,
  ]);
  const annotations: Annotations = defined({
    title: typeof title === "string" ? title : undefined,
    description: typeof description === "string" && description.trim() ? description : undefined,
    // Libraries take functions for defaults.
    default: isJson(fallback) ? fallback : undefined,
    examples: Array.isArray(examples) && examples.length > 0 && isJson(examples) ? examples : undefined,
    ...Object.fromEntries(flags),
  });
  return { ...shape, ...annotations };
}
