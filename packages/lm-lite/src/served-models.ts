import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { LmLiteModelConfig, type LmLiteModelConfigInput } from "@conduit/types";
import { Compile } from "typebox/compile";
import { InvalidModelConfigError } from "./errors/invalid-model-config-error.ts";
import { ModelNotServedError } from "./errors/model-not-served-error.ts";

const validator = Compile(LmLiteModelConfig);

/** Models of a deployment, under the names that the user and the engine have for them. */
export class ServedModels {
  readonly configs: readonly LmLiteModelConfig[];
  readonly #engineIds: ReadonlyMap<string, string>;

  /** @throws {@link InvalidModelConfigError} naming the model and the field. */
  constructor(models: readonly LmLiteModelConfigInput[]) {
    if (models.length === 0)
      throw new InvalidModelConfigError("models", "expected at least one model, found none");
    this.configs = models.map((model) => ({ ...complete(model), id: toEngineId(model.id) }));
    this.#engineIds = new Map(models.map(({ id }) => [id, toEngineId(id)]));
    // Also two paths of one folder: the engine would refuse to start.
    const engineIds = this.configs.map(({ id }) => id);
    const twice = engineIds.find((id, index) => engineIds.indexOf(id) < index);
    if (twice !== undefined) {
      throw new InvalidModelConfigError(twice, "expected each model once, found it twice");
    }
  }

  /** The engine's name of a model. */
  engineId(model: string): string {
    const id = this.#engineIds.get(model);
    if (id === undefined) throw new ModelNotServedError(model, [...this.#engineIds.keys()]);
    return id;
  }
}

function complete(model: LmLiteModelConfigInput): LmLiteModelConfig {
  const config = validator.Default({ ...model });
  if (validator.Check(config)) return config;
  const [issue] = validator.Errors(config);
  throw new InvalidModelConfigError(
    String(model.id),
    `${issue?.instancePath ?? ""} ${issue?.message ?? ""}`.trim(),
  );
}

/** The engine runs in a folder of its own, so paths become absolute. */
function toEngineId(id: string): string {
  if (id === "~" || id.startsWith("~/")) return join(homedir(), id.slice(1));
  return /^\.{0,2}\//.test(id) || id === "." || id === ".." ? resolve(id) : id;
}
