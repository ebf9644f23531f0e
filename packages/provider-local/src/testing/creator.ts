// Creates a node and stays until it is killed. The node runs the engine where CREATOR_ENGINE names one.
//
//   creator.ts <directory> <name> <idle timeout in seconds> [program of another child, whose id it tells]
import { spawn } from "node:child_process";
import { ProcessNodes } from "../process/process-nodes.ts";
import { engineSpec, fixtureSpec } from "./fixture.ts";

const [directory = "", name = "", idleTimeoutSeconds = "0", sibling] = process.argv.slice(2);
const engine = process.env.CREATOR_ENGINE;
const spec = engine === undefined ? fixtureSpec(name) : engineSpec(name, engine);
const provider = new ProcessNodes({ directory });
console.log("creating");
await provider.createNode({ ...spec, idleTimeoutSeconds: Number(idleTimeoutSeconds) });
if (sibling !== undefined) console.log(spawn(sibling, ["20"], { stdio: "ignore" }).pid);
setInterval(() => {}, 60_000);
