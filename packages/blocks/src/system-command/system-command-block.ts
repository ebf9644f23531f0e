import type { OutputOf, Schema } from "@conduit/types";
import { Block } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { identityOf } from "../describe/identity.ts";
import type { Requires } from "../protocols/requires.ts";
import type { SupportsShellCommand } from "../protocols/supports-shell-command.ts";
import { SchemaMismatchError } from "../schema-mismatch-error.ts";
import { programOf, whyNotAllowed } from "./allowed-command.ts";
import { splitWords } from "./command-words.ts";
import { explainProgramFailure, explainStartFailure } from "./explain-start-failure.ts";
import { type Invocation, withLimits } from "./resource-limits.ts";
import { type ProcessRequest, runProcess } from "./run-process.ts";
import { SystemCommandOperation } from "./system-command-operation.ts";
import {
  type SystemCommandOptions,
  type SystemCommandSettings,
  toSettings,
} from "./system-command-options.ts";
import { failure, isSuccess, type ShellOutcome, toOperation } from "./to-operation.ts";

/** What a process of the block has of its own. */
type RunParts = Pick<ProcessRequest, "signal" | "stdin" | "onOutput"> & { readonly deadlineMs: number };

/**
 * Runs a command in a shell: `<shell> -n -c <command>` to check its syntax, then `<shell> -c <command>`. POSIX systems only.
 *
 * A command that fails is a result, not an error. When the shell ends, what it left in the background gets 250 ms to end too
 * and is killed then; at the timeout, the limit of the output, or the signal, all that the command started is stopped. `stream` gives the
 * output so far as partial results.
 *
 * The command may be hostile where a model or a stranger wrote it: it can do whatever this process's user can, read the
 * environment (`inheritEnv: false` closes that), and leave a process behind by `setsid`. `allowedCommands` leaves it the programs that you
 * name, without a shell; a program that runs others, or writes where its arguments say, needs a word on its arguments there. `limits` bound what
 * each process takes of the machine, not how many there are. Run commands that nobody knows in a container. They also outlive this
 * process where it is killed by SIGKILL.
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
 *
 * @example
 * ```ts
 * const Count = Type.Object({ shellCommand: Type.String(), text: Type.String() });
 * const counter = new SystemCommandBlock(Count, { allowedCommands: ["wc"], stdin: ({ text }) => text, limits: { cpuSeconds: 1 } });
 *
 * const words = await counter.run({ shellCommand: "wc -w", text: "to be or not to be" });
 * console.log(Number(words.stdout)); // 6
 * const hostile = await counter.run({ shellCommand: "rm -r '/'", text: "" });
 * console.log(hostile.success || hostile.failure); // not-allowed
 * ```
 */
export class SystemCommandBlock<I extends Schema> extends Block<I, typeof SystemCommandOperation> {
  readonly #settings: SystemCommandSettings<OutputOf<I>>;

  /** @throws {@link InvalidBlockOptionsError} when an option is out of its range. */
  constructor(input: Requires<I, SupportsShellCommand>, options: SystemCommandOptions<OutputOf<I>> = {}) {
    super(input, SystemCommandOperation, options);
    this.#settings = toSettings(this.name, options);
  }

  override get [blockDetails](): BlockDetails {
    const { shell, allowedCommands } = this.#settings;
    const settings =
      allowedCommands === undefined ? { shell } : { allowedCommands: allowedCommands.map(programOf) };
    return { kind: "command", settings, identity: identityOf(this.#settings) };
  }

  protected override async forward(
    data: OutputOf<I>,
    { signal, readsPartials, emit }: BlockContext<typeof SystemCommandOperation>,
  ): Promise<SystemCommandOperation> {
    const { timeoutMs, stdin, allowedCommands } = this.#settings;
    const command = this.#commandOf(data);
    if (command.includes("\0")) {
      const reason = "The command contains a NUL character, which no program can be given.";
      return failure(command, { syntaxOk: false, failure: "syntax", reason });
    }
    const parts: RunParts = {
      signal,
      deadlineMs: performance.now() + timeoutMs,
      stdin: typeof stdin === "function" ? stdin(data) : stdin,
      onOutput: readsPartials
        ? (output) => emit({ type: "partial", value: { command, ...output } })
        : undefined,
    };
    return allowedCommands === undefined
      ? this.#runInShell(command, parts)
      : this.#runAllowed(command, parts, allowedCommands);
  }

  async #runInShell(command: string, parts: RunParts): Promise<SystemCommandOperation> {
    const { shell } = this.#settings;
    // A shell takes an argument that starts so for options, even after -c.
    const script = /^[-+]/.test(command) ? ` ${command}` : command;
    const silent = { ...parts, stdin: undefined, onOutput: undefined };
    const check = await this.#start([shell, "-n", "-c", script], silent, (error, cwd) =>
      explainStartFailure(error, shell, cwd),
    );
    if (!isSuccess(check)) return toOperation(command, "check", check, this.#settings);
    const limited = withLimits([shell, "-c", script], this.#settings.limits);
    const outcome = await this.#start(limited, parts, (error, cwd) => explainStartFailure(error, shell, cwd));
    return toOperation(command, "run", outcome, this.#settings);
  }

  async #runAllowed(
    command: string,
    parts: RunParts,
    allowed: NonNullable<SystemCommandOptions["allowedCommands"]>,
  ): Promise<SystemCommandOperation> {
    const split = splitWords(command);
    if ("problem" in split) {
      const reason = `The command is more than words (allowedCommands). ${split.problem}`;
      return failure(command, { syntaxOk: false, failure: "syntax", reason });
    }
    const reason = whyNotAllowed(split.words, allowed);
    if (reason !== undefined) return failure(command, { syntaxOk: true, failure: "not-allowed", reason });
    const limited = withLimits(split.words, this.#settings.limits);
    const outcome = await this.#start(limited, parts, (error, cwd) =>
      explainProgramFailure(error, split.words[0], cwd),
    );
    return toOperation(command, "run-program", outcome, this.#settings);
  }

  async #start(
    [executable, ...args]: Invocation,
    { deadlineMs, ...parts }: RunParts,
    explain: (error: unknown, cwd: string) => Promise<string>,
  ): Promise<ShellOutcome> {
    const {
      cwd = process.cwd(),
      env,
      inheritEnv,
      killGraceMs,
      maxOutputBytes,
      excessOutput,
      encoding,
    } = this.#settings;
    try {
      return await runProcess({
        ...parts,
        killGraceMs,
        maxOutputBytes,
        excessOutput,
        encoding,
        executable,
        arguments: args,
        cwd,
        env: inheritEnv ? { ...process.env, ...env } : env,
        timeoutMs: Math.max(deadlineMs - performance.now(), 0),
      });
    } catch (error) {
      parts.signal.throwIfAborted();
      return { unstartable: await explain(error, cwd) };
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
