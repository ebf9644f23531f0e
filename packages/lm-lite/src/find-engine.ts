import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineNotFoundError } from "./errors/engine-not-found-error.ts";

/** The engine that a checkout of Conduit has built, seen from this file in `src/` or `dist/`. */
const checkoutEngine = fileURLToPath(new URL("../../../native/target/release/lm-lite", import.meta.url));

/**
 * Path of the lm-lite engine: `LM_LITE_BIN`, else `lm-lite` on the PATH, else what this checkout has built.
 *
 * @throws {@link EngineNotFoundError} naming the places where it was looked for.
 */
export function findEngine(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const named = env.LM_LITE_BIN;
  const candidates = named
    ? [resolve(named)]
    : [
        ...(env.PATH ?? "")
          .split(delimiter)
          // What is relative would depend on the folder that the program runs in.
          .filter(isAbsolute)
          .map((folder) => join(folder, "lm-lite")),
        checkoutEngine,
      ];
  const found = candidates.find(isExecutable);
  if (found === undefined) {
    throw new EngineNotFoundError(named ? [named] : ["LM_LITE_BIN", "the PATH", checkoutEngine]);
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
