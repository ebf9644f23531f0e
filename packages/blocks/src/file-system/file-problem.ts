/** Why a file could not be read or written; the block makes a result of it. */
export class FileProblem extends Error {
  readonly errorCode: string;

  constructor(errorCode: string, reason: string) {
    super(reason);
    this.errorCode = errorCode;
  }
}

export function notAFile(): FileProblem {
  return new FileProblem("NOT_A_FILE", "it is a folder, a device or the like, not a file");
}

/** What a failure of the system means; what is no such failure stays as it is. */
export function toFileProblem(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof FileProblem || !("syscall" in error)) return error;
  const { code = "UNKNOWN" } = error as NodeJS.ErrnoException;
  // "ENOENT: no such file or directory, open '…'", with a path that is this package's affair.
  const words = /^\w+: ([^,]+)/.exec(error.message)?.[1] ?? "unknown error";
  return new FileProblem(code, words);
}
