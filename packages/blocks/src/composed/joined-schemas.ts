import { compileSchema, type Schema, type SchemaIssue, type StandardJsonSchema } from "@conduit/types";
import { issuesBelow, joinedSchema } from "./joined-schema.ts";

/** Arrays of what `item` describes; what it makes of them is the array of what `item` makes of each. */
export function arrayOf(item: Schema): StandardJsonSchema<unknown[], unknown[]> {
  const compiled = compileSchema(item);
  return joinedSchema({
    async check(value) {
      if (!Array.isArray(value)) return { valid: false, issues: [{ path: "", message: "must be array" }] };
      const values: unknown[] = [];
      const issues: SchemaIssue[] = [];
      for (const [index, written] of value.entries()) {
        const pending = compiled.check(written);
        const check = pending instanceof Promise ? await pending : pending;
        if (check.valid) values.push(check.value);
        else issues.push(...issuesBelow(String(index), check.issues));
      }
      return issues.length > 0 ? { valid: false, issues } : { valid: true, value: values };
    },
    jsonSchema: () => ({ type: "array", items: compiled.jsonSchema }),
  }) as StandardJsonSchema<unknown[], unknown[]>;
}

/** Data that every schema takes; what it makes of them is the record of what each makes of them. */
export function allOf(schemas: Readonly<Record<string, Schema>>): StandardJsonSchema<unknown, unknown> {
  const compiled = Object.entries(schemas).map(([name, schema]) => [name, compileSchema(schema)] as const);
  return joinedSchema({
    async check(value) {
      const values: Record<string, unknown> = {};
      const issues: SchemaIssue[] = [];
      for (const [name, schema] of compiled) {
        const check = await schema.check(value);
        if (check.valid) values[name] = check.value;
        else issues.push(...check.issues);
      }
      return issues.length > 0 ? { valid: false, issues } : { valid: true, value: values };
    },
    jsonSchema: () => ({ allOf: compiled.map(([, { jsonSchema }]) => jsonSchema) }),
  });
}

/** Data that one of the schemas takes, the first of which decides what becomes of them. */
export function anyOf(schemas: readonly Schema[]): StandardJsonSchema<unknown, unknown> {
  const compiled = schemas.map((schema) => compileSchema(schema));
  return joinedSchema({
    async check(value) {
      const issues: SchemaIssue[] = [];
      for (const schema of compiled) {
        const check = await schema.check(value);
        if (check.valid) return check;
        issues.push(...check.issues);
      }
      return { valid: false, issues };
    },
    jsonSchema: () => ({ anyOf: compiled.map(({ jsonSchema }) => jsonSchema) }),
  });
}

/** Objects with a value for each name, described by its schema. */
export function recordOf(schemas: Readonly<Record<string, Schema>>): StandardJsonSchema<unknown, unknown> {
  const compiled = Object.entries(schemas).map(([name, schema]) => [name, compileSchema(schema)] as const);
  return joinedSchema({
    async check(value) {
      if (typeof value !== "object" || value === null) {
        return { valid: false, issues: [{ path: "", message: "must be object" }] };
      }
      const values: Record<string, unknown> = {};
      const issues: SchemaIssue[] = [];
      for (const [name, schema] of compiled) {
        const check = await schema.check((value as Record<string, unknown>)[name]);
        if (check.valid) values[name] = check.value;
        else issues.push(...issuesBelow(name, check.issues));
      }
      return issues.length > 0 ? { valid: false, issues } : { valid: true, value: values };
    },
    jsonSchema: () => ({
      type: "object",
      required: compiled.map(([name]) => name),
      properties: Object.fromEntries(compiled.map(([name, { jsonSchema }]) => [name, jsonSchema])),
    }),
  });
}
