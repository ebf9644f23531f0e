import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

/** The library, and the entry point that needs OpenTelemetry's API. */
export default defineConfig({
  ...library,
  entry: ["src/index.ts", "src/opentelemetry/index.ts"],
  splitting: true,
  // Node has its SQLite only under the whole name.
  removeNodeProtocol: false,
});
