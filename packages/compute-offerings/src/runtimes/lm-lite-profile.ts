import type { RuntimePlanningProfile } from "@conduit/types";
import { MIB } from "../bytes.ts";
import { PLAIN } from "../model/quantization.ts";
import { expertWorkspaceBytes, forwardBytes } from "./activations.ts";
import { FIRST_ARCHITECTURE } from "./lm-lite-gpus.ts";
import { isAtLeast } from "./native-support.ts";

/** Memory of the engine beside weights, KV cache and vocabularies; measured, docs/benchmarks.md. */
const PROCESS_BYTES = 16 * MIB;

/** Tokenizer and token trie of a vocabulary of 152k tokens (Qwen3); measured, docs/benchmarks.md. */
const VOCABULARY_BYTES = 120 * MIB;

/** Tokens of prompts in one step, `EngineOptions::default` of the engine; every running sequence adds one. */
const STEP_TOKENS = 256;

/** What the engine's CPU kernels read: plain numbers, checkpoints' formats, and groups of 32 that are made while weights are loaded. */
const ON_CPU = /float|fp8|int4|g32/;

/** What planning needs to know of LM Lite. */
export const LM_LITE_PROFILE: RuntimePlanningProfile = {
  name: "LM Lite",
  kvScaleBytes: 2,
  formulas: {
    activations: "larger of sequences x vocabulary x 8 bytes and of a forward pass",
    overhead: "16 MiB and 120 MiB a model",
  },
  overheadBytes: ({ modelCount }) => PROCESS_BYTES + modelCount * VOCABULARY_BYTES,
  activationBytes(context) {
    const tokens =
      Math.min(STEP_TOKENS, context.maxModelLen * context.maxModelConcurrency) + context.maxModelConcurrency;
    // Logits in 32 bits and the probabilities made of them.
    const logits = context.maxModelConcurrency * context.vocabularySize * 8;
    return Math.max(forwardBytes(context, tokens) + expertWorkspaceBytes(context, tokens), logits);
  },
  /** Plain numbers, and on the CPU `fp8`, `fp8_e4m3` and `int8`; what a checkpoint asks for is not read. */
  supportsKvDtype: (kvDtype, architecture, isAskedFor) =>
    isAskedFor === true && (architecture ? /float/ : /float|8$|4m3$/).test(kvDtype),
  /** The kernels of GPUs read nothing that is quantised: the engine refuses it at load. */
  supports: (dtype, architecture) =>
    architecture ? PLAIN.includes(dtype) && isAtLeast(architecture, FIRST_ARCHITECTURE) : ON_CPU.test(dtype),
};
