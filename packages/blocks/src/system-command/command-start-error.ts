import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

export interface CommandStartErrorOptions extends ConduitErrorOptions {
  readonly shell: string;
  readonly cwd: string;
}

/** A command's shell cannot be started, whatever the command: the shell or the working directory is not there. */
export class CommandStartError extends ConduitError {
  static readonly code = "COMMAND_START";
  readonly code = CommandStartError.code;
  readonly shell: string;
  readonly cwd: string;

  constructor(message: string, { shell, cwd, ...options }: CommandStartErrorOptions) {
    super(message, options);
    this.shell = shell;
    this.cwd = cwd;
  }
}
