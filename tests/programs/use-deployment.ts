// Deploys a model and asks it once per line on standard input, telling each answer's node; runs until it is killed.
import { createInterface } from "node:readline";
import { LMLiteBlock } from "@conduit/lm-lite";
import { LocalProvider } from "@conduit/provider-local";

const [model = "", namespace = "", options = "{}"] = process.argv.slice(2);
const provider = new LocalProvider(JSON.parse(options));
const lm = await LMLiteBlock.deploy({ models: [{ id: model }], provider, namespace });
await lm.untilReady();
console.log("ready");
for await (const content of createInterface({ input: process.stdin })) {
  const { node } = await lm.respond({ model, messages: [{ role: "user", content }], maxTokens: 4 });
  console.log(node.name);
}
