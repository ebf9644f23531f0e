import { FileProblem, toFileProblem } from "./file-problem.ts";
import type { FileSystemOperation } from "./file-system-operation.ts";

/** The result of what failed; throws what is no failure of the outside world. */
export function toFailure(verb: "read" | "write", path: string, error: unknown): FileSystemOperation {
  const problem = toFileProblem(error);
  if (!(problem instanceof FileProblem)) throw problem;
  const { errorCode, message } = problem;
  return { success: false, path, errorCode, reason: `Cannot ${verb} ${path}: ${message} (${errorCode}).` };
}
