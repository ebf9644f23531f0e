import { defineConfig } from "tsup";
import { library } from "../../tsup.base.ts";

/** One file per source, so that bundlers leave out whole files, and no code that keeps names: `mdl` brings this to browsers. */
export default defineConfig({
  ...library,
  entry: ["src/**/*.ts", "!src/**/*.test.ts"],
  keepNames: false,
});
