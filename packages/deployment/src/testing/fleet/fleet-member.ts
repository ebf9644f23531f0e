// Deploys, says which process answers at the deployment's endpoint, and leaves when its input ends.
//
//   fleet-member.ts <what it does as JSON>
import { once } from "node:events";
import { openStateStore } from "@conduit/state";
import { deploy } from "../../deploy.ts";
import { ask } from "../fixture.ts";
import { instrumentProvider } from "../points/instrument-provider.ts";
import { instrumentStore } from "../points/instrument-store.ts";
import { ProcessPoints } from "../points/process-points.ts";
import { type FleetTask, fleetProvider, fleetRequest } from "./fleet-request.ts";

const task: FleetTask = JSON.parse(process.argv[2] ?? "");
const points = new ProcessPoints({ killAt: task.killAt });
points.arm();
await using store = await openStateStore({ uri: task.uri });
const deployment = await deploy(
  fleetRequest(instrumentStore(store, points), instrumentProvider(fleetProvider(task.directory), points)),
);
await deployment.untilReady();
{
  using lease = await deployment.acquire();
  console.log(await ask(lease.endpoint));
}
process.stdin.resume();
await once(process.stdin, "end");
await deployment.dispose();
