// A program that runs the command of its first argument, and exits by itself on SIGUSR2.
import { SupportsShellCommand, SystemCommandBlock } from "../index.ts";

process.on("SIGUSR2", () => process.exit(3));

const [shellCommand = ""] = process.argv.slice(2);
await new SystemCommandBlock(SupportsShellCommand).run({ shellCommand });
