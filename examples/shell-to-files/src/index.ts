import { parseArgs } from "node:util";
import { LocalProvider } from "@conduit/provider-local";
import { shellToFiles } from "./shell-to-files.ts";

const { values } = parseArgs({
  options: { model: { type: "string" }, command: { type: "string", default: "ls -al" } },
});
const model = values.model ?? process.env.CONDUIT_MODEL;
if (model === undefined) {
  console.error("Name a model: --model <Hugging Face id or folder>, or CONDUIT_MODEL.");
  process.exit(2);
}

const files = await shellToFiles({
  model,
  provider: new LocalProvider(),
  shellCommand: values.command,
  onProgress: (message) => console.error(message),
});
console.log(JSON.stringify(files));
