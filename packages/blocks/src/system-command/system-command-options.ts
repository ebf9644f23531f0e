import type { BlockOptions } from "../block.ts";
import { InvalidBlockOptionsError } from "../invalid-block-options-error.ts";
import { isLimit, isTimeout, MAX_TIMER_SECONDS, optionChecks, TIMEOUT_RANGE } from "../option-checks.ts";
import type { AllowedCommand } from "./allowed-command.ts";
import type { ResourceLimits } from "./resource-limits.ts";

/** Options of {@link SystemCommandBlock}. */
export interface SystemCommandOptions<Data = unknown> extends BlockOptions {
  /** Path of a shell that takes `-n` and `-c`, or its name to be looked up in `PATH`. Default: `/bin/sh`. */
  readonly shell?: string | undefined;
  /** Time in seconds after which the command is stopped; `Infinity` for none. Default: 60. */
  readonly timeoutSeconds?: number | undefined;
  /** Time in seconds between asking a command that must stop to (SIGTERM) and making it (SIGKILL). Default: 2. */
  readonly killGraceSeconds?: number | undefined;
  /** Working directory. Default: that of this process when the command starts. */
  readonly cwd?: string | undefined;
  /** Environment variables that are added, or take the place of inherited ones; `undefined` removes an inherited one. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Whether the command sees this process's environment, with whatever secrets are in it. Default: `true`. */
  readonly inheritEnv?: boolean | undefined;
  /** Bytes that the command may write to each of stdout and stderr before it is stopped. Default: 16 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /**
   * What becomes of output beyond `maxOutputBytes`: the command is stopped, or what is too much is dropped and the command goes on, with
   * `truncated` in its result. Default: `stop`.
   */
  readonly excessOutput?: "stop" | "drop" | undefined;
  /** What the command reads from stdin, or a function that makes it of the data. Default: nothing. */
  readonly stdin?: string | Uint8Array | ((data: Data) => string | Uint8Array) | undefined;
  /**
   * The only programs that may be run. Commands are then words and quotes, and no shell has a part in them: what would be an operator, a
   * variable or a pattern to a shell is refused. Default: whatever the shell makes of the command.
   */
  readonly allowedCommands?: readonly AllowedCommand[] | undefined;
  /** What each process of the command may take of the machine. Default: what this process may. */
  readonly limits?: ResourceLimits | undefined;
  /** How the bytes of the output become strings; `utf8` replaces what is no UTF-8 by U+FFFD. Default: `utf8`. */
  readonly encoding?: "utf8" | "latin1" | "base64" | "hex" | undefined;
}

/** The same with defaults and in milliseconds. */
export interface SystemCommandSettings<Data = unknown> {
  readonly shell: string;
  readonly timeoutMs: number;
  readonly killGraceMs: number;
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly inheritEnv: boolean;
  readonly maxOutputBytes: number;
  readonly excessOutput: "stop" | "drop";
  readonly stdin: string | Uint8Array | ((data: Data) => string | Uint8Array) | undefined;
  readonly allowedCommands: readonly AllowedCommand[] | undefined;
  readonly limits: ResourceLimits;
  readonly encoding: "utf8" | "latin1" | "base64" | "hex";
}

/** @throws {@link InvalidBlockOptionsError} */
export function toSettings<Data>(
  block: string,
  options: SystemCommandOptions<Data>,
): SystemCommandSettings<Data> {
  const {
    shell = "/bin/sh",
    timeoutSeconds = 60,
    killGraceSeconds = 2,
    cwd,
    env = {},
    inheritEnv = true,
    maxOutputBytes = 16 * 1024 ** 2,
    excessOutput = "stop",
    stdin,
    allowedCommands,
    limits = {},
    encoding = "utf8",
  } = options;
  const require = optionChecks(block, options);
  require("shell", "the path or name of a shell", typeof shell === "string" && shell !== "");
  require("timeoutSeconds", TIMEOUT_RANGE, isTimeout(timeoutSeconds));
  require("killGraceSeconds", `from 0 to ${MAX_TIMER_SECONDS}`, killGraceSeconds >= 0 &&
    killGraceSeconds <= MAX_TIMER_SECONDS);
  require("maxOutputBytes", "a whole number from 0", isLimit(maxOutputBytes));
  require("excessOutput", "stop or drop", ["stop", "drop"].includes(excessOutput));
  for (const [name, limit] of Object.entries(limits)) {
    if (limit === undefined || isLimit(limit, 1)) continue;
    throw new InvalidBlockOptionsError("a whole number from 1", limit, { block, option: `limits.${name}` });
  }
  require("encoding", "utf8, latin1, base64 or hex", ["utf8", "latin1", "base64", "hex"].includes(encoding));
  return {
    shell,
    timeoutMs: timeoutSeconds * 1000,
    killGraceMs: killGraceSeconds * 1000,
    cwd,
    env,
    inheritEnv,
    maxOutputBytes,
    excessOutput,
    stdin,
    allowedCommands,
    limits,
    encoding,
  };
}
