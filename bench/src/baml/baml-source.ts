import { isObject } from "../tokens/json-schema-keywords.ts";

/** A schema for which BAML has no type. */
export class BamlUnsupportedError extends Error {
  override readonly name = "BamlUnsupportedError";
}

type Node = Readonly<Record<string, unknown>>;

const SCALARS: Readonly<Record<string, string>> = {
  string: "string",
  integer: "int",
  number: "float",
  boolean: "bool",
  null: "null",
};

/** Keywords that change which values fit in a way that BAML's types cannot say at all. */
const REFUSED = [
  ...["additionalItems", "contains", "dependencies", "dependentRequired", "dependentSchemas", "else", "if"],
  ...["not", "prefixItems", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"],
];

/**
 * BAML source of the type of a JSON Schema, named `Answer`. Bounds, patterns, formats, defaults and examples are left out, since
 * BAML's types have none; names of properties and descriptions are kept.
 *
 * @param keysAreNames Whether every key is a name in BAML. Otherwise keys are aliases of names: a prompt shows the alias alone, but
 * values that BAML parses have the names. Default false.
 * @throws BamlUnsupportedError where a part of the schema has no type in BAML; the message is the reason.
 */
export function bamlSource(schema: object, { keysAreNames = false } = {}): string {
  return new BamlWriter(schema as Node, keysAreNames).source();
}

class BamlWriter {
  private readonly root: Node;
  private readonly keysAreNames: boolean;
  private readonly declarations: string[] = [];
  private readonly definitions = new Map<string, string>();
  private readonly names = new Set<string>();

  constructor(root: Node, keysAreNames: boolean) {
    this.root = root;
    this.keysAreNames = keysAreNames;
  }

  source(): string {
    this.names.add("Answer");
    this.definitions.set("#", "Answer");
    this.define("Answer", this.root);
    return this.declarations.join("\n");
  }

  private define(name: string, node: Node): void {
    if ((node.type ?? implied(node)) === "object" && isObject(node.properties)) {
      this.defineClass(name, node, node.properties);
    } else this.declarations.push(`type ${name} = ${this.type(node, name)}`);
  }

  private defineClass(name: string, node: Node, properties: Node): void {
    if (isObject(node.additionalProperties)) refuse("named keys beside others");
    if (isObject(node.patternProperties)) refuse("named keys beside patterns");
    if (Object.keys(properties).length === 0 && node.additionalProperties !== false) refuse("untyped value");
    if (anyOf(node) !== undefined || Array.isArray(node.allOf))
      refuse("properties beside a union or intersection");
    const required = new Set(Array.isArray(node.required) ? node.required : []);
    const fields = Object.entries(properties).map(([key, value], index) => {
      const type = this.type(asNode(value), pascalCase(key));
      const optional = required.has(key) || type.endsWith("?") ? "" : "?";
      const name = this.keysAreNames ? key : `f${index}`;
      const alias = this.keysAreNames ? "" : ` @alias(${JSON.stringify(key)})`;
      return `  ${name} ${type}${optional}${alias}${described("@", value)}`;
    });
    for (const key of required) if (!Object.hasOwn(properties, String(key))) refuse("untyped value");
    this.declarations.push(`class ${name} {\n${fields.join("\n")}\n${described("  @@", node)}\n}`);
  }

  private type(node: Node, hint: string): string {
    for (const keyword of REFUSED) if (node[keyword] !== undefined) refuse(keyword);
    if (typeof node.$ref === "string") return this.reference(node.$ref);
    const members = anyOf(node);
    if (members !== undefined) return union(members.map((member) => this.type(asNode(member), hint)));
    if (Array.isArray(node.allOf)) {
      if (node.allOf.length !== 1) refuse("allOf");
      return this.type(asNode(node.allOf[0]), hint);
    }
    if ("const" in node) return literal(node.const);
    if (Array.isArray(node.enum)) return union(node.enum.map(literal));
    const types = [node.type ?? implied(node)].flat();
    return union(types.map((type) => this.typed(String(type), node, hint)));
  }

  private typed(type: string, node: Node, hint: string): string {
    const scalar = SCALARS[type];
    if (scalar !== undefined) return scalar;
    if (type === "array") {
      if (!isObject(node.items)) refuse(Array.isArray(node.items) ? "tuple" : "untyped value");
      return `${this.type(asNode(node.items), hint)}[]`;
    }
    if (type !== "object") refuse("untyped value");
    if (isObject(node.properties)) {
      const name = this.name(hint);
      this.defineClass(name, node, node.properties);
      return name;
    }
    const patterns = isObject(node.patternProperties) ? Object.values(node.patternProperties) : [];
    const values = [...patterns, ...(isObject(node.additionalProperties) ? [node.additionalProperties] : [])];
    if (values.length === 0) refuse("untyped value");
    return `map<string, ${union(values.map((value) => this.type(asNode(value), hint)))}>`;
  }

  private reference(reference: string): string {
    const known = this.definitions.get(reference);
    if (known !== undefined) return known;
    const segments = decodeURIComponent(reference).split("/");
    if (segments[0] !== "#") refuse("reference to another document");
    const target = segments
      .slice(1)
      .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce<unknown>((node, key) => (node as Node | undefined)?.[key], this.root);
    const name = this.name(pascalCase(segments.at(-1) ?? ""));
    this.definitions.set(reference, name);
    this.define(name, asNode(target));
    return name;
  }

  private name(hint: string): string {
    let name = hint;
    for (let count = 2; this.names.has(name); count += 1) name = `${hint}${count}`;
    this.names.add(name);
    return name;
  }
}

function refuse(reason: string): never {
  throw new BamlUnsupportedError(reason);
}

function asNode(schema: unknown): Node {
  if (!isObject(schema)) refuse("untyped value");
  return schema;
}

function anyOf(node: Node): readonly unknown[] | undefined {
  const members = node.anyOf ?? node.oneOf;
  return Array.isArray(members) ? members : undefined;
}

function implied(node: Node): string | undefined {
  if (isObject(node.properties) || isObject(node.patternProperties)) return "object";
  return node.items === undefined ? undefined : "array";
}

function union(members: readonly string[]): string {
  const unique = [...new Set(members)];
  const [first = "null"] = unique;
  return unique.length === 1 ? first : `(${unique.join(" | ")})`;
}

function literal(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string" || typeof value === "boolean" || Number.isInteger(value)) {
    return JSON.stringify(value);
  }
  return refuse("literal that is no text, whole number or boolean");
}

function described(prefix: "@" | "  @@", node: unknown): string {
  const text = isObject(node) ? node.description : undefined;
  if (typeof text !== "string") return "";
  return `${prefix === "@" ? " " : ""}${prefix}description(${JSON.stringify(text)})`;
}

function pascalCase(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return `T${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")}`;
}
