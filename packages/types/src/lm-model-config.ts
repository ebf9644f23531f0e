import { type Static, Type } from "typebox";

/** A language model as a deployment serves it. */
export const LmModelConfig = Type.Object({
  /** Hugging Face id such as `Qwen/Qwen3-0.6B`, or the path of a folder in Hugging Face layout. */
  id: Type.String({ minLength: 1 }),
  /** Longest sequence in tokens, prompt and answer together. */
  maxModelLen: Type.Integer({ minimum: 1, default: 1024 }),
  /** Largest number of sequences that run at once. */
  maxModelConcurrency: Type.Integer({ minimum: 1, default: 1 }),
});
export type LmModelConfig = Static<typeof LmModelConfig>;

/** A language model as LM Lite serves it. */
export const LmLiteModelConfig = Type.Object({
  ...LmModelConfig.properties,
  /** Longest time that an idle model waits for companions before its first step, in milliseconds. */
  modelBatchExecuteTimeoutMs: Type.Integer({ minimum: 0, default: 0 }),
  /** What the weights are brought to while they are loaded, on the CPU only; absent leaves them as their files have them. */
  quantization: Type.Optional(Type.Enum(["int8", "int4"])),
  /** What keys and values are kept as; absent takes the type of the weights. `fp8` and `int8` are for the CPU only. */
  kvDtype: Type.Optional(Type.Enum(["bfloat16", "float16", "float32", "fp8", "int8"])),
});
export type LmLiteModelConfig = Static<typeof LmLiteModelConfig>;

/** {@link LmModelConfig} as a user writes it: what has a default may be left out. */
export type LmModelConfigInput = Pick<LmModelConfig, "id"> & Partial<Omit<LmModelConfig, "id">>;

/** {@link LmLiteModelConfig} as a user writes it: what has a default may be left out. */
export type LmLiteModelConfigInput = Pick<LmLiteModelConfig, "id"> & Partial<Omit<LmLiteModelConfig, "id">>;
