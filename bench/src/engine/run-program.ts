import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Of the output of a program that failed: compilers say there why. */
const LAST_CHARACTERS = 2_000;

/** Runs a program to its end and gives what it wrote; its errors go to this program's. */
export async function runProgram(
  command: string,
  args: readonly string[],
  input: string | undefined = undefined,
): Promise<string> {
  const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(input);
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, "close")]);
  if (code !== 0) {
    const end = output.slice(-LAST_CHARACTERS);
    throw new Error(`expected ${command} to succeed, but it ended with ${code ?? signal}:\n${end}`);
  }
  return output;
}
