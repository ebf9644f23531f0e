import type { Options } from "tsup";

/** Build of every package: one ES module. Declarations come from `tsc`, since tsup's own step needs an older compiler. */
export const library = {
  entry: ["src/index.ts"],
  format: "esm",
  target: "node22",
  dts: false,
  clean: true,
  sourcemap: true,
  // Errors take their names from their classes, which the bundler would otherwise rename.
  keepNames: true,
  silent: true,
} satisfies Options;
