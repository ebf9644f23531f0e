import { ConduitError } from "@conduit/types";

/** A request names a model that the deployment does not serve. */
export class ModelNotServedError extends ConduitError {
  static readonly code = "MODEL_NOT_SERVED";
  readonly code = ModelNotServedError.code;
  readonly model: string;
  readonly servedModels: readonly string[];

  constructor(model: string, servedModels: readonly string[]) {
    super(`Model ${model} is not part of this deployment, which serves ${servedModels.join(", ")}.`);
    this.model = model;
    this.servedModels = servedModels;
  }
}
