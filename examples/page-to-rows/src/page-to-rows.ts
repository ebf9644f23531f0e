import { consoleReporter, parallel, pipe, Sqlite3Block, SupportsSqlCommand, tap } from "@conduit/blocks";
import { LMLiteBlock } from "@conduit/lm-lite";
import type { CallOptions, ComputeProvider } from "@conduit/types";
import { PAGE_MODEL_LEN, Page, type PageOptions, readPage } from "@conduit-examples/page-to-summary/page";
import { designTable, extractRows } from "./extract-rows.ts";
import { type Stored, storeRows } from "./store-rows.ts";

export interface PageToRowsOptions extends PageOptions, CallOptions {
  /** Hugging Face id, or path of a folder in Hugging Face layout. */
  readonly model: string;
  readonly provider: ComputeProvider;
  /** Path of the database that gets the table; made where it is missing. */
  readonly databaseUrl: string;
  readonly say: (line: string) => void;
}

/** Fetches a page, lets a model design a table and extract its rows, and inserts them into a database. */
export async function pageToRows({
  model,
  provider,
  databaseUrl,
  say,
  signal,
  ...page
}: PageToRowsOptions): Promise<Stored> {
  await using lm = await LMLiteBlock.deploy({
    models: [{ id: model, maxModelLen: PAGE_MODEL_LEN, maxModelConcurrency: 1 }],
    provider,
    onProgress: say,
    signal,
  });
  await lm.untilReady({ onProgress: say, signal });
  await using database = new Sqlite3Block(SupportsSqlCommand, { databaseUrl });

  const pageToRows = pipe(
    readPage(page),
    parallel({ page: tap(Page, () => undefined), table: designTable(lm, model) }),
    extractRows(lm, model),
    storeRows(database),
  );
  return await pageToRows.run({ signal, observers: [consoleReporter()] });
}
