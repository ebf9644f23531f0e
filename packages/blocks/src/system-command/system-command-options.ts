import type { BlockOptions } from "../block.ts";
import { InvalidBlockOptionsError } from "../invalid-block-options-error.ts";

/** Options of {@link SystemCommandBlock}. */
export interface SystemCommandOptions extends BlockOptions {
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
  /** How the bytes of the output become strings; `utf8` replaces what is no UTF-8 by U+FFFD. Default: `utf8`. */
  readonly encoding?: "utf8" | "latin1" | "base64" | "hex" | undefined;
}

/** The same with defaults and in milliseconds. */
export interface SystemCommandSettings {
  readonly shell: string;
  readonly timeoutMs: number;
  readonly killGraceMs: number;
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly inheritEnv: boolean;
  readonly maxOutputBytes: number;
  readonly encoding: "utf8" | "latin1" | "base64" | "hex";
}

/** Longest delay of Node's timers in seconds; a longer one would fire at once. */
const MAX_TIMER_SECONDS = (2 ** 31 - 1) / 1000;

/** @throws {@link InvalidBlockOptionsError} */
export function toSettings(block: string, options: SystemCommandOptions): SystemCommandSettings {
  const {
    shell = "/bin/sh",
    timeoutSeconds = 60,
    killGraceSeconds = 2,
    cwd,
    env = {},
    inheritEnv = true,
    maxOutputBytes = 16 * 1024 ** 2,
    encoding = "utf8",
  } = options;
  const require = (option: keyof SystemCommandOptions, expected: string, holds: boolean): void => {
    if (!holds) throw new InvalidBlockOptionsError(expected, options[option], { block, option });
  };
  require("shell", "the path or name of a shell", typeof shell === "string" && shell !== "");
  require("timeoutSeconds", `above 0 and at most ${MAX_TIMER_SECONDS}, or Infinity`, timeoutSeconds > 0 &&
    (timeoutSeconds <= MAX_TIMER_SECONDS || timeoutSeconds === Number.POSITIVE_INFINITY));
  require("killGraceSeconds", `from 0 to ${MAX_TIMER_SECONDS}`, killGraceSeconds >= 0 &&
    killGraceSeconds <= MAX_TIMER_SECONDS);
  require("maxOutputBytes", "a whole number from 0", Number.isSafeInteger(maxOutputBytes) &&
    maxOutputBytes >= 0);
  require("encoding", "utf8, latin1, base64 or hex", ["utf8", "latin1", "base64", "hex"].includes(encoding));
  return {
    shell,
    timeoutMs: timeoutSeconds * 1000,
    killGraceMs: killGraceSeconds * 1000,
    cwd,
    env,
    inheritEnv,
    maxOutputBytes,
    encoding,
  };
}
