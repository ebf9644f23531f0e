import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

/** The library, which does no I/O, and the entry point that reads from the Hub. */
export default defineConfig({ ...library, entry: ["src/index.ts", "src/hub/index.ts"], splitting: true });
