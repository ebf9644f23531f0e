import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

/** Another run, of this process or another one, writes to the output of a batch. */
export class BatchRunningError extends ConduitError {
  static readonly code = "BATCH_RUNNING";
  readonly code = BatchRunningError.code;
  readonly output: string;

  constructor(output: string, options?: ConduitErrorOptions) {
    super(
      `Expected to be the only batch that writes to ${output}, but another one does. Wait until it ends, or name another output.`,
      options,
    );
    this.output = output;
  }
}

/** The input of a batch is not the one that an earlier run began with. */
export class BatchInputChangedError extends ConduitError {
  static readonly code = "BATCH_INPUT_CHANGED";
  readonly code = BatchInputChangedError.code;
  readonly input: string;

  constructor(input: string, output: string) {
    super(
      `Expected ${input} to begin with what it was when ${output} was begun, found that it has changed. Lines may only be added at its ` +
        `end. Bring it back to continue, or name another output (or delete this one and ${output}.batch) to begin anew.`,
    );
    this.input = input;
  }
}

/** A file that a batch shall write to holds something that no batch wrote. */
export class BatchOutputError extends ConduitError {
  static readonly code = "BATCH_OUTPUT";
  readonly code = BatchOutputError.code;
  readonly path: string;

  constructor(path: string, found: string, options?: ConduitErrorOptions) {
    super(
      `Expected ${path} to hold what a batch wrote, or nothing, found ${found}. Name another output, or move that file away.`,
      options,
    );
    this.path = path;
  }
}

/** A batch stopped, since more lines failed than it was allowed. */
export class TooManyFailuresError extends ConduitError {
  static readonly code = "TOO_MANY_FAILURES";
  readonly code = TooManyFailuresError.code;
  readonly failures: string;

  constructor(count: number, failures: string, options?: ConduitErrorOptions) {
    super(
      `The batch stopped after ${count} failures, as maxFailures says. See ${failures}; run it again with retryFailures to go on.`,
      options,
    );
    this.failures = failures;
  }
}
