import type { TLocalizedValidationError } from "typebox/error";

/** One reason why a value does not match a schema. */
export interface SchemaIssue {
  /** JSON Pointer of the value at fault; empty for the whole value. */
  readonly path: string;
  readonly message: string;
}

/** What TypeBox found, in words that say what was expected. */
export function toSchemaIssues(errors: readonly TLocalizedValidationError[]): readonly SchemaIssue[] {
  // A key that `additionalProperties: false` forbids is told twice: by the keyword, and as a schema that is false.
  const telling = errors.filter(({ keyword }) => keyword !== "boolean");
  return (telling.length > 0 ? telling : errors).map((error) => ({
    path: error.instancePath,
    message: messageOf(error),
  }));
}

function messageOf({ keyword, params, message }: TLocalizedValidationError): string {
  switch (keyword) {
    case "const":
      return `must be ${JSON.stringify(params.allowedValue)}`;
    case "enum":
      return `must be one of ${params.allowedValues.map((value) => JSON.stringify(value)).join(", ")}`;
    case "additionalProperties":
      return `must not have the additional properties ${params.additionalProperties.join(", ")}`;
    default:
      return message;
  }
}
