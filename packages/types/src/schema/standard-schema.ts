/**
 * The Standard Schema and Standard JSON Schema interfaces (https://standardschema.dev), copied as the specification invites
 * libraries to, so that accepting Zod, Valibot or ArkType costs no dependency.
 */
export interface StandardJsonSchema<Input = unknown, Output = Input> {
  readonly "~standard": StandardProps<Input, Output>;
}

/** The properties behind `~standard`. */
export interface StandardProps<Input = unknown, Output = Input> {
  readonly version: 1;
  /** Name of the library that made the schema. */
  readonly vendor: string;
  /** Exists for inference only; never present at run time. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
  readonly jsonSchema: StandardJsonSchemaConverter;
}

/** Result of a validation: a value, or issues. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One reason why a value was rejected. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Gives the JSON Schema of either side; throws where the library cannot express it. */
export interface StandardJsonSchemaConverter {
  readonly input: (options: { readonly target: string }) => Record<string, unknown>;
  readonly output: (options: { readonly target: string }) => Record<string, unknown>;
}
