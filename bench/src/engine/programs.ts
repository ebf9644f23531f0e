/** What `npm run bench:engine` builds and finds before it starts this program. */
export type ProgramVariable =
  | "LM_LITE_BIN"
  | "MAKE_RANDOM_MODEL_BIN"
  | "BATCH_THROUGHPUT_BIN"
  | "GRAMMAR_SPEED_BIN"
  | "READ_BANDWIDTH_BIN"
  | "QWEN3_TOKENIZER"
  | "CONDUIT_CACHE";

/** A path of the environment. */
export function pathOf(variable: ProgramVariable): string {
  const path = process.env[variable];
  if (path === undefined || path === "") {
    throw new Error(`${variable} is not set; run this with npm run bench:engine`);
  }
  return path;
}
