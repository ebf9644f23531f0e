import type { ModelShape } from "./model-shape.ts";
import { dominantDtype, sumModules } from "./module-sizes.ts";
import { schemeByName } from "./quantization.ts";

/**
 * The model as a runtime holds it that brings linear layers to `quantization`, such as `fp8` or `int4-awq`, or back to `bfloat16`. Head,
 * embeddings, routers and norms stay as they are. What the checkpoint's size was no longer matters.
 *
 * @throws {@link UnknownDtypeError} for a format that is none.
 */
export function quantizeShape(shape: ModelShape, quantization: string): ModelShape {
  const scheme = schemeByName(quantization);
  const modules = shape.modules.map((module) => (module.quantizable ? { ...module, scheme } : module));
  const { bytes, activeBytes } = sumModules(modules, shape.tiedEmbeddings);
  return {
    ...shape,
    modules,
    weightsBytes: bytes,
    activeWeightsBytes: Math.round(activeBytes),
    weightsSource: "computed from config.json",
    dtype: dominantDtype(modules, shape.activationDtype),
  };
}
