import { consoleReporter, pipe } from "@conduit/blocks";
import { LMLiteBlock } from "@conduit/lm-lite";
import type { CallOptions, ComputeProvider } from "@conduit/types";
import { PAGE_MODEL_LEN, Page, type PageOptions, readPage } from "./page.ts";
import { GUIDANCE, Summary } from "./summary.ts";

export interface PageToSummaryOptions extends PageOptions, CallOptions {
  /** Hugging Face id, or path of a folder in Hugging Face layout. */
  readonly model: string;
  readonly provider: ComputeProvider;
  readonly say: (line: string) => void;
}

/** Fetches a page, and lets a model sum it up as a typed object. */
export async function pageToSummary({
  model,
  provider,
  say,
  signal,
  ...page
}: PageToSummaryOptions): Promise<Summary> {
  await using lm = await LMLiteBlock.deploy({
    models: [{ id: model, maxModelLen: PAGE_MODEL_LEN, maxModelConcurrency: 1 }],
    provider,
    onProgress: say,
    signal,
  });
  await lm.untilReady({ onProgress: say, signal });

  const summarise = lm.block({ model, input: Page, output: Summary, guidance: GUIDANCE, name: "Summarise" });
  const pageToSummary = pipe(readPage(page), summarise);
  return await pageToSummary.run({ signal, observers: [consoleReporter()] });
}
