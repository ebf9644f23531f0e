import "./lib/end-with-signals.mjs";
import { buildPackages } from "./lib/packages.ts";

process.exitCode = await buildPackages();
