import type { OutputOf, Schema } from "@conduit/types";
import { Block } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import type { Requires } from "../protocols/requires.ts";
import type { SupportsShellCommand } from "../protocols/supports-shell-command.ts";
import { SchemaMismatchError } from "../schema-mismatch-error.ts";
import { explainStartFailure } from "./explain-start-failure.ts";
import { runProcess } from "./run-process.ts";
import { SystemCommandOperation } from "./system-command-operation.ts";
import {
  type SystemCommandOptions,
  type SystemCommandSettings,
  toSettings,
} from "./system-command-options.ts";
import { failure, isSuccess, type ShellOutcome, toOperation } from "./to-operation.ts";

/**
 * Runs a command in a shell: `<shell> -n -c <command>` to check its syntax, then `<shell> -c <command>`. POSIX systems only.
 *
 * A command that fails is a result, not an error. When the shell ends, what it left in the background gets 250 ms to end too
 * and is killed then; at the timeout, the limit of the output, or the signal, all that the command started is stopped.
 *
 * The command may be hostile where a model or a stranger wrote it: it can do whatever this process's user can, read the
 * environment (`inheritEnv: false` closes that), and leave a process behind by `setsid`. Run such commands in a container. They
 * also outlive this process where it is killed by SIGKILL.
 *
 * @throws {@link CommandStartError} from `run` when the shell or the working directory is not there.
 *
 * @example
 * ```ts
 * const Command = Type.Object({ shellCommand: Type.String() });
 * const shell = new SystemCommandBlock(Command, { timeoutSeconds: 5 });
 *
 * const listing = await shell.run({ shellCommand: "ls -al /" });
 * console.log(listing.success ? listing.stdout : listing.reason);
 * ```
 */
export class SystemCommandBlock<I extends Schema> extends Block<I, typeof SystemCommandOperation> {
  readonly #settings: SystemCommandSettings;

  /** @throws {@link InvalidBlockOptionsError} when an option is out of its range. */
  constructor(input: Requires<I, SupportsShellCommand>, options: SystemCommandOptions = {}) {
    super(input, SystemCommandOperation, options);
    this.#settings = toSettings(this.name, options);
  }

  protected override async forward(
    data: OutputOf<I>,
    { signal }: BlockContext,
  ): Promise<SystemCommandOperation> {
    const settings = this.#settings;
    const command = this.#commandOf(data);
    if (command.includes("\0")) {
      const reason = "The command contains a NUL character, which no shell can be given.";
      return failure(command, { syntaxOk: false, failure: "syntax", reason });
    }
    const deadlineMs = performance.now() + settings.timeoutMs;
    const check = await this.#runShell(["-n", "-c"], command, deadlineMs, signal);
    if (!isSuccess(check)) return toOperation(command, "check", check, settings);
    const outcome = await this.#runShell(["-c"], command, deadlineMs, signal);
    return toOperation(command, "run", outcome, settings);
  }

  async #runShell(
    flags: readonly string[],
    command: string,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<ShellOutcome> {
    const { shell, cwd = process.cwd(), env, inheritEnv, ...limits } = this.#settings;
    // A shell takes an argument that starts so for options, even after -c.
    const script = /^[-+]/.test(command) ? ` ${command}` : command;
    try {
      return await runProcess({
        ...limits,
        executable: shell,
        arguments: [...flags, script],
        cwd,
        env: inheritEnv ? { ...process.env, ...env } : env,
        timeoutMs: Math.max(deadlineMs - performance.now(), 0),
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      return { unstartable: await explainStartFailure(error, shell, cwd) };
    }
  }

  /** The types promise a command; JavaScript may not keep the promise. */
  #commandOf(data: unknown): string {
    const command = (data as Partial<SupportsShellCommand> | null)?.shellCommand;
    if (typeof command === "string") return command;
    const issues = [{ path: "/shellCommand", message: "must be string" }];
    throw new SchemaMismatchError({ block: this.name, side: "input", issues, value: data });
  }
}
