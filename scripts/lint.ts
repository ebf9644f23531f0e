// npm run lint [-- <part of a step's name> ...]
import "./lib/end-with-signals.mjs";
import { lintSteps } from "./checks/steps.ts";
import { runSteps } from "./lib/steps.ts";

const wanted = process.argv.slice(2);
const steps = lintSteps.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);
if (steps.length === 0) {
  throw new Error(`expected part of one of: ${lintSteps.map(({ name }) => name).join(", ")}`);
}
process.exitCode = await runSteps(steps);
