import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

/** A model was to be read offline, but its configuration is not in the cache. */
export class ModelNotCachedError extends ConduitError {
  static readonly code = "MODEL_NOT_CACHED";
  readonly code = "MODEL_NOT_CACHED";
  readonly model: string;

  constructor(model: string, revision: string, cacheFolder: string, options?: ConduitErrorOptions) {
    super(
      `Expected config.json of ${model} at revision ${revision} in ${cacheFolder}, found none. Read it once without offline, or name another cacheFolder.`,
      options,
    );
    this.model = model;
  }
}
