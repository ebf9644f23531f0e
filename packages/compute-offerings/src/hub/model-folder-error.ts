import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

/** A folder holds no model in Hugging Face layout. */
export class ModelFolderError extends ConduitError {
  static readonly code = "MODEL_FOLDER";
  readonly code = "MODEL_FOLDER";
  readonly folder: string;

  constructor(folder: string, options?: ConduitErrorOptions) {
    super(
      `Expected a readable config.json in the folder ${folder}, found none. Name the folder that holds it.`,
      options,
    );
    this.folder = folder;
  }
}
