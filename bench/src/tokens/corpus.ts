import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** One schema of jsonschemabench. */
export interface CorpusSchema {
  readonly name: string;
  /** Where jsonschemabench has it from, as `Github` or `BFCL`. */
  readonly collection: string;
  readonly schema: object;
}

/** Folder of the schemas, or undefined where `CONDUIT_TEST_DATA` is not set. */
export function corpusFolder(): string | undefined {
  const data = process.env.CONDUIT_TEST_DATA;
  return data === undefined ? undefined : join(data, "jsonschemabench");
}

/** Every schema of the folder, by name. */
export function readCorpus(folder: string): readonly CorpusSchema[] {
  return globSync(join(folder, "*.json"))
    .sort()
    .map((file) => {
      const name = basename(file, ".json");
      const { schema } = JSON.parse(readFileSync(file, "utf8")) as { schema: object };
      return { name, collection: collectionOf(name), schema };
    });
}

/** `Github_easy---o12345` is of `Github`, `BFCL_parallel_java_7` of `BFCL`, `JME_8` of `JME`. */
function collectionOf(name: string): string {
  return /^[^_-]+/.exec(name)?.[0] ?? name;
}
