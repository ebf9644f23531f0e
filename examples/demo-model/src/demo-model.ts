import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { LMLiteBlock } from "@conduit/lm-lite";
import { LocalProvider } from "@conduit/provider-local";
import { MemoryStateStore } from "@conduit/state";
import { Files, GUIDANCE, Listing } from "@conduit-examples/shell-to-files/files";

/** The folder of the demo model, in Hugging Face layout. */
export const DEMO_MODEL = dirname(dirname(fileURLToPath(import.meta.url)));

export interface ServeOptions {
  /** Folder of the model. Default: the demo model. */
  readonly model?: string;
  /** How many listings are read at a time. Default 4. */
  readonly concurrency?: number;
}

/** Serves the model on this machine, with the block of the example on it; both end with `lm.dispose()`. */
export async function serveModel({ model = DEMO_MODEL, concurrency = 4 }: ServeOptions = {}) {
  const lm = await LMLiteBlock.deploy({
    models: [{ id: model, maxModelLen: 5120, maxModelConcurrency: concurrency }],
    provider: new LocalProvider(),
    store: new MemoryStateStore(),
    namespace: "demo-model",
  });
  try {
    await lm.untilReady();
  } catch (error) {
    await lm.dispose();
    throw error;
  }
  return { lm, toFiles: lm.block({ model, input: Listing, output: Files, guidance: GUIDANCE }) };
}
