import { SystemCommandBlock } from "@conduit/blocks";
import { LMLiteBlock } from "@conduit/lm-lite";
import type { ComputeProvider } from "@conduit/types";
import { Command, Files, GUIDANCE, Listing } from "./files.ts";
import { PLAIN_LISTINGS } from "./plain-listings.ts";

export interface ShellToFilesOptions {
  /** Hugging Face id, or path of a folder in Hugging Face layout. */
  readonly model: string;
  readonly provider: ComputeProvider;
  readonly shellCommand?: string;
  readonly onProgress?: (message: string) => void;
}

/** Runs a shell command that lists files, and lets a model turn the listing into a typed object. */
export async function shellToFiles({
  model,
  provider,
  shellCommand = "ls -al",
  onProgress = () => undefined,
}: ShellToFilesOptions): Promise<Files> {
  onProgress(`Deploying ${model}`);
  await using lm = await LMLiteBlock.deploy({
    models: [{ id: model, maxModelLen: 5000, maxModelConcurrency: 8 }],
    provider,
  });
  await lm.untilReady({ onProgress });

  const ls = new SystemCommandBlock(Command, { timeoutSeconds: 5, env: PLAIN_LISTINGS });
  const toFiles = lm.block({ model, input: Listing, output: Files, guidance: GUIDANCE });

  onProgress(`Running ${shellCommand}`);
  const operation = await ls.run({ shellCommand });
  if (!operation.success) throw new Error(`${shellCommand} failed: ${operation.reason}`);

  onProgress("Asking the model");
  return await toFiles.run({ listing: operation.stdout });
}
