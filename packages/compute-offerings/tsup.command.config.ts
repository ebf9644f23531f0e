import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

/** The command, which stands beside the library and uses it as any other program does. */
export default defineConfig({
  ...library,
  entry: ["src/cli.ts"],
  clean: false,
  external: ["@conduit/compute-offerings", "@conduit/compute-offerings/hub"],
});
