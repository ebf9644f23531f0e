// npm test; with --full also the long harnesses: tests named *.full.test.ts, and Rust tests that look for
// the environment variable CONDUIT_FULL.
import "./lib/end-with-signals.mjs";
import { testSteps } from "./checks/steps.ts";
import { runSteps } from "./lib/steps.ts";

const full = process.argv.includes("--full");
if (full) process.env.CONDUIT_FULL = "1";
process.exitCode = await runSteps(testSteps({ full }));
