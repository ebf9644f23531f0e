// A program that runs the command of its first argument and lives until it is killed or the command ends.
import { SupportsShellCommand, SystemCommandBlock } from "../index.ts";

const [shellCommand = ""] = process.argv.slice(2);
const block = new SystemCommandBlock(SupportsShellCommand);
if (process.env.EXIT_AFTER_MS !== undefined)
  setTimeout(() => process.exit(3), Number(process.env.EXIT_AFTER_MS));
await block.run({ shellCommand });
