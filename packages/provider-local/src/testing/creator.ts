// Creates a node and stays until it is killed.
//
//   creator.ts <directory> <name> <idle timeout in seconds>
import { LocalProvider } from "../local-provider.ts";
import { fixtureSpec } from "./fixture.ts";

const [directory = "", name = "", idleTimeoutSeconds = "0"] = process.argv.slice(2);
const provider = new LocalProvider({ directory });
console.log("creating");
await provider.createNode({ ...fixtureSpec(name), idleTimeoutSeconds: Number(idleTimeoutSeconds) });
console.log("created");
setInterval(() => {}, 60_000);
