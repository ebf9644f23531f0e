import { ConduitError, type ConduitErrorOptions, type SchemaIssue } from "@conduit/types";

/** Which of a block's two schemas a value did not match. */
export type SchemaSide = "input" | "output";

export interface SchemaMismatchErrorOptions extends ConduitErrorOptions {
  readonly block: string;
  readonly side: SchemaSide;
  readonly issues: readonly SchemaIssue[];
  /** The value at fault; the message describes it, the error does not keep it. */
  readonly value: unknown;
}

const SHOWN_ISSUES = 5;

/** Data did not match a block's input schema, or a block's own result did not match its output schema. */
export class SchemaMismatchError extends ConduitError {
  static readonly code = "SCHEMA_MISMATCH";
  readonly code = SchemaMismatchError.code;
  /** Name of the block. */
  readonly block: string;
  readonly side: SchemaSide;
  /** JSON Pointer of the first value at fault; empty for the whole value. */
  readonly path: string;
  readonly issues: readonly SchemaIssue[];

  constructor({ block, side, issues, value, ...options }: SchemaMismatchErrorOptions) {
    super(
      `The ${side} of block ${block} does not match its schema: ${issues
        .slice(0, SHOWN_ISSUES)
        .map((issue) => describe(issue, value))
        .join("; ")}${issues.length > SHOWN_ISSUES ? `; and ${issues.length - SHOWN_ISSUES} more` : ""}. ${
        side === "input"
          ? "Pass data that matches the block's input schema."
          : "Make the block return what its output schema says, or change that schema."
      }`,
      options,
    );
    this.block = block;
    this.side = side;
    this.path = issues[0]?.path ?? "";
    this.issues = issues;
  }
}

function describe({ path, message }: SchemaIssue, value: unknown): string {
  return `${path === "" ? "it" : path} ${message}, found ${kindOf(valueAt(value, path))}`;
}

function valueAt(value: unknown, path: string): unknown {
  let found = value;
  for (const segment of path.split("/").slice(1)) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string, unknown>)[segment.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return found;
}

/** Says what a value is without showing text, which may be long or secret. */
function kindOf(value: unknown): string {
  if (value === null || ["number", "boolean", "bigint", "undefined"].includes(typeof value))
    return String(value);
  if (typeof value === "string") return `a string of ${value.length} characters`;
  if (Array.isArray(value)) return `an array of ${value.length} items`;
  if (typeof value === "object") return `an object with ${Object.keys(value).length} keys`;
  return `a ${typeof value}`;
}
