// Uses a deployment: tells which process answers, then again for each line on standard input. Never disposes.
//
//   user.ts <directory> <milliseconds until the node is ready>
import { createInterface } from "node:readline";
import { deploy } from "../deploy.ts";
import { ask, fixtureRequest, openDatabase } from "./fixture.ts";

const [directory = "", readyAfterMs = "0"] = process.argv.slice(2);
console.log("deploying");
const store = await openDatabase(directory);
const env = { FIXTURE_READY_AFTER_MS: readyAfterMs };
const deployment = await deploy(fixtureRequest(directory, env, { store }));
await deployment.untilReady();

async function tell(): Promise<void> {
  using lease = await deployment.acquire();
  console.log(await ask(lease.endpoint));
}

await tell();
for await (const _ of createInterface({ input: process.stdin })) await tell();
