// Deploys engines, says so, and stays until it is killed.
//
//   controller.ts <task as JSON>
import { LocalProvider } from "@conduit/provider-local";
import { deploy } from "../../deploy.ts";
import { openDatabase } from "../fixture.ts";
import { fleetProvider } from "../fleet/fleet-request.ts";
import type { AbandonedTask } from "./abandoned-task.ts";

const task: AbandonedTask = JSON.parse(process.argv[2] ?? "");
const { directory, executable, provider, ...limits } = task;
const holders = provider === "process" ? ["--holders", "{holders}", "--holders-stdin"] : [];
const listening = ["--host", "127.0.0.1", "--port", "0", "--port-file", "{portFile}"];
const store = await openDatabase(directory);
await deploy({
  ...limits,
  store,
  provider: provider === "process" ? new LocalProvider({ directory }) : fleetProvider(directory),
  runtime: "LM_LITE",
  endpointKeyVariable: "LM_LITE_API_KEY",
  workload: {
    image: "engine",
    process: { executable, arguments: ["serve", ...listening, ...holders] },
    // An engine without its model starts and ends like any other.
    env: { MODELS: JSON.stringify([{ id: "/absent/model" }]) },
    secretEnv: {},
    ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
    healthPath: "/health",
  },
});
console.log("up");
setInterval(() => {}, 60_000);
