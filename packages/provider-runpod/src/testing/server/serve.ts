// A stand-in in a process of its own; it ends with its standard input.
//
//   serve.ts <options as JSON>
//
// Writes its URL as a line to standard output once it listens.
import { FileClock } from "./file-clock.ts";
import { type PodProgram, processLauncher } from "./launch/process-launcher.ts";
import { RunpodServer } from "./runpod-server.ts";

export interface ServeOptions {
  readonly directory: string;
  /** File of a {@link FileClock}. Default: the time that it is. */
  readonly clockFile?: string | undefined;
  /** What runs in each pod. Default: nothing. */
  readonly program?: PodProgram | undefined;
}

const { directory, clockFile, program }: ServeOptions = JSON.parse(process.argv[2] ?? "{}");
const server = await RunpodServer.start({
  directory,
  clock: clockFile === undefined ? undefined : new FileClock(clockFile),
  launcher: program && processLauncher(program),
});
console.log(server.url);
process.stdin.on("end", () => process.exit()).resume();
