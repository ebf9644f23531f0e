import {
  compileSchema,
  type Schema,
  type SchemaCheck,
  type SchemaIssue,
  type StandardJsonSchema,
  type StandardResult,
} from "@conduit/types";

/** A schema that stands for others. */
interface JoinedSchemaSource {
  readonly check: (value: unknown) => Promise<SchemaCheck<unknown>>;
  readonly jsonSchema: () => Record<string, unknown>;
}

/** The schema that a joined one stands for, where it stands for a single one. */
const originals = new WeakMap<object, Schema>();

/** Whether what one schema took need not be held to the other. */
export function isSameSchema(a: Schema, b: Schema): boolean {
  return (originals.get(a) ?? a) === (originals.get(b) ?? b);
}

/** The one schema that all are, or `undefined` where they differ. */
export function sharedSchema(schemas: readonly Schema[]): Schema | undefined {
  const [first, ...others] = schemas;
  return first !== undefined && others.every((other) => isSameSchema(first, other)) ? first : undefined;
}

/** A schema under the one type that joined schemas have. */
export function standingFor(schema: Schema): StandardJsonSchema<unknown, unknown> {
  const compiled = compileSchema(schema);
  const standing = joinedSchema({
    check: async (value) => compiled.check(value),
    jsonSchema: () => compiled.jsonSchema,
  });
  originals.set(standing, originals.get(schema) ?? schema);
  return standing;
}

export function joinedSchema({
  check,
  jsonSchema,
}: JoinedSchemaSource): StandardJsonSchema<unknown, unknown> {
  return {
    "~standard": {
      version: 1,
      vendor: "conduit",
      async validate(value): Promise<StandardResult<unknown>> {
        const checked = await check(value);
        if (checked.valid) return { value: checked.value };
        return {
          issues: checked.issues.map(({ path, message }) => ({ message, path: keysOf(path) })),
        };
      },
      jsonSchema: { input: jsonSchema, output: jsonSchema },
    },
  };
}

/** The issues of a part, where the part lies below `key`. */
export function issuesBelow(key: string, issues: readonly SchemaIssue[]): SchemaIssue[] {
  const prefix = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return issues.map(({ path, message }) => ({ path: `${prefix}${path}`, message }));
}

function keysOf(pointer: string): string[] {
  const keys = pointer.split("/").slice(1);
  return keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
