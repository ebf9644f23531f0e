import "./lib/end-with-signals.mjs";
import { buildEngine } from "./lib/engine.ts";
import { installNvcc } from "./lib/nvcc.ts";

process.exitCode = (await installNvcc()) || (await buildEngine());
