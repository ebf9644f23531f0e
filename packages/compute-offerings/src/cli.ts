#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { runCommand } from "./cli/run-command.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};
const { exitCode, stdout, stderr } = await runCommand(process.argv.slice(2), version);
process.stderr.write(stderr);
process.stdout.write(stdout);
process.exitCode = exitCode;
