import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

interface InvalidModelConfigJsonErrorOptions extends ConduitErrorOptions {
  /** Default `config.json`. */
  readonly file?: string;
}

/** A `config.json`, or a file beside it, that does not describe a language model whose size can be known. */
export class InvalidModelConfigJsonError extends ConduitError {
  static readonly code = "INVALID_MODEL_CONFIG_JSON";
  readonly code = "INVALID_MODEL_CONFIG_JSON";
  /** Path of the field in the file, such as `text_config.num_hidden_layers`. */
  declare readonly field: string;

  constructor(field: string, expected: string, found: unknown, options?: InvalidModelConfigJsonErrorOptions) {
    const file = options?.file ?? "config.json";
    super(
      `Expected ${expected} in "${field}" of ${file}, found ${describe(found)}. Use the ${file} beside the model's weights.`,
      options,
    );
    this.field = field;
  }
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
