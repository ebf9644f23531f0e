import { defineConfig } from "tsup";

/** The command. Its tokenizer, some megabytes, is a chunk of its own, which the library never imports. */
export default defineConfig({
  entry: ["src/cli.ts"],
  format: "esm",
  target: "node22",
  dts: false,
  // It stands beside the library, which has been built before.
  clean: false,
  external: ["@conduit/mdl"],
  noExternal: ["gpt-tokenizer"],
  keepNames: true,
  minify: true,
  esbuildOptions(options) {
    options.charset = "utf8";
  },
  silent: true,
});
