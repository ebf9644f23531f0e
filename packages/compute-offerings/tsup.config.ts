import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

/**
 * The library, which does no I/O, and the entry point that reads from the Hub. Names in the code cost a tenth of the size in a
 * browser, and its errors keep theirs without: none refers to itself.
 */
export default defineConfig({
  ...library,
  entry: ["src/index.ts", "src/hub/index.ts"],
  splitting: true,
  keepNames: false,
});
