import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

/**
 * The library, which does no I/O, the entry point that reads from the Hub, and the catalogue's sources. Names in the code cost a tenth of the size in a
 * browser, and its errors keep theirs without: none refers to itself. For the same reason fields that a constructor sets are only declared: the bundle would
 * define each of them beside.
 */
export default defineConfig({
  ...library,
  entry: ["src/index.ts", "src/hub/index.ts", "src/catalogue/gpu-sources.ts"],
  splitting: true,
  keepNames: false,
});
