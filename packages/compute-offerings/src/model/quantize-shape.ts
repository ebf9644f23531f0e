import type { ModelShape } from "./model-shape.ts";
import { dominantDtype, sumModules } from "./module-sizes.ts";
import { plainName, schemeByName } from "./quantization.ts";

/**
 * The model as a runtime holds it that brings linear layers to `quantization`, such as `fp8` or `int4-awq`: head, embeddings, routers and
 * norms stay as they are, but `int8-g32` and `int4-g32`, as LM Lite quantises while it loads, make head and embeddings int8. A format without
 * scales, such as `float16`, is of all of them, of activations and of the KV cache. What the checkpoint's size was no longer matters.
 *
 * @throws {@link UnknownDtypeError} for a format that is none.
 */
export function quantizeShape(shape: ModelShape, quantization: string): ModelShape {
  const scheme = schemeByName(quantization);
  const plain = plainName(quantization);
  const activationDtype = plain ?? shape.activationDtype;
  // Beside embeddings and head, what else there is does not count.
  const others =
    "format" in scheme && scheme.format === "g32" ? { scheme: { ...scheme, kind: "int8" as const } } : {};
  const modules = shape.modules.map((module) =>
    plain !== undefined || module.quantizable ? { ...module, scheme } : { ...module, ...others },
  );
  const { bytes, activeBytes } = sumModules(modules, shape.tiedEmbeddings);
  return {
    ...shape,
    modules,
    activationDtype,
    kvDtype: shape.kvDtype === shape.activationDtype ? activationDtype : shape.kvDtype,
    weightsBytes: bytes,
    activeWeightsBytes: Math.round(activeBytes),
    weightsSource: "computed from config.json",
    dtype: dominantDtype(modules, activationDtype),
  };
}
