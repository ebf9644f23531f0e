// Runs a script of this folder on the pinned Node, after installing it. Needs no more than Node 20 and npm:
//   node scripts/bootstrap.mjs <script> [arguments of the script]
// The manifest says `exec node`, so that npm is the parent whose death this notices, not a shell between them.
import "./lib/end-with-signals.mjs";
import { delimiter, join } from "node:path";
import { run } from "./lib/child-process.mjs";
import { install } from "./lib/install.mjs";
import { pinnedNode, repository, toolFolder } from "./lib/paths.mjs";

const [script, ...args] = process.argv.slice(2);
if (script === undefined)
  throw new Error("expected the name of a script, as in: node scripts/bootstrap.mjs demo.ts");

let exitCode = await install();
if (exitCode === 0) {
  const path = [toolFolder, process.env.PATH].join(delimiter);
  const task = [join(repository, "scripts", script), ...args];
  ({ exitCode } = await run(pinnedNode, task, { env: { PATH: path }, watchesParent: true }));
}
process.exitCode = exitCode;
