import "./lib/end-with-signals.mjs";
import { buildEngine } from "./lib/engine.ts";

process.exitCode = await buildEngine();
