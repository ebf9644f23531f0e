import { ConduitError } from "@conduit/types";

/** A model is configured in a way that the engine cannot serve. */
export class InvalidModelConfigError extends ConduitError {
  static readonly code = "INVALID_MODEL_CONFIG";
  readonly code = InvalidModelConfigError.code;
  readonly model: string;

  constructor(model: string, reason: string) {
    super(`Invalid configuration of ${model}: ${reason}.`);
    this.model = model;
  }
}
