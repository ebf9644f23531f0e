import { globSync } from "node:fs";
import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

/**
 * One file per source, so that bundlers leave out whole files: of a single one they keep whatever is computed when it is loaded.
 * Names in the code cost a tenth of the size in a browser, and its classes keep theirs without: none refers to itself.
 */
export default defineConfig({
  ...library,
  entry: globSync("src/**/*.ts", {
    exclude: ["src/**/*.test.ts", "src/testing/**", "src/cli.ts", "src/cli/**"],
  }),
  keepNames: false,
});
