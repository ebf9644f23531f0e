import { stat } from "node:fs/promises";
import { CommandStartError } from "./command-start-error.ts";

/** Failures that are the command's, being too long, or the system's, being out of something. */
const EXPECTED = new Map([
  ["E2BIG", "it is longer than the system lets an argument be"],
  ["EAGAIN", "the system has no process left for it"],
  ["EMFILE", "this process has no file descriptor left for it"],
  ["ENFILE", "the system has no file descriptor left for it"],
  ["ENOMEM", "the system has no memory left for it"],
]);

/** What is the case where the program is the command's own choice. */
const PROGRAM = new Map([
  ["ENOENT", "there is no such program"],
  ["EACCES", "it cannot be executed"],
  ["ENOEXEC", "it cannot be executed"],
]);

/** Says why a program that a command named could not be started; see {@link explainStartFailure}. */
export async function explainProgramFailure(error: unknown, program: string, cwd: string): Promise<string> {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const words = PROGRAM.get(code);
  const isFolder = (await stat(cwd).catch(() => undefined))?.isDirectory() === true;
  return words !== undefined && isFolder ? `${words} (${code})` : explainStartFailure(error, program, cwd);
}

/**
 * Says why the outside world would not start a process.
 *
 * @throws {@link CommandStartError} when no command would have been started.
 */
export async function explainStartFailure(error: unknown, shell: string, cwd: string): Promise<string> {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const expected = EXPECTED.get(code);
  if (expected !== undefined) return `${expected} (${code})`;
  throw new CommandStartError(await misuse(code, shell, cwd), { shell, cwd, cause: error });
}

async function misuse(code: string, shell: string, cwd: string): Promise<string> {
  const folder = await stat(cwd).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    return `Expected cwd to be a folder, found ${folder === undefined ? "nothing" : "none"} at ${cwd}. Create it, or pass another cwd.`;
  }
  if (code === "ENOENT") {
    return `Expected ${shell} to be a shell, found nothing there. Install it, or pass another shell.`;
  }
  return `Expected to start ${shell} in ${cwd}, found that the system refuses (${code}). Check that the shell can be executed and the folder entered.`;
}
