import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { BlockOptions } from "../block.ts";
import { InvalidBlockOptionsError } from "../invalid-block-options-error.ts";
import { isLimit, optionChecks } from "../option-checks.ts";

/** Options of {@link FileSystemReadBlock} and {@link FileSystemWriteBlock}. */
export interface FileSystemOptions extends BlockOptions {
  /**
   * Folder that the file must be in, or in a folder below, symbolic links included; relative paths start there. Default: none, and relative
   * paths start at this process's working directory.
   */
  readonly root?: string | undefined;
  /** Bytes that the file may have. Default: 16 MiB. */
  readonly maxFileBytes?: number | undefined;
}

/** The same with defaults. */
export interface FileSystemSettings {
  readonly root: string | undefined;
  readonly maxFileBytes: number;
  /** The path as it is when a run starts: absolute, without `.` and `..`. */
  path(): string;
}

/** @throws {@link InvalidBlockOptionsError} */
export function toFileSystemSettings(
  block: string,
  path: string | URL,
  options: FileSystemOptions,
): FileSystemSettings {
  const { root, maxFileBytes = 16 * 1024 ** 2 } = options;
  const require = optionChecks(block, options);
  require("root", "the path of a folder", root === undefined || (typeof root === "string" && root !== ""));
  require("maxFileBytes", "a whole number from 0", isLimit(maxFileBytes));
  const file = path instanceof URL && path.protocol === "file:" ? fileURLToPath(path) : path;
  if (typeof file !== "string" || file === "") {
    throw new InvalidBlockOptionsError("the path of a file", path, { block, option: "path" });
  }
  return { root, maxFileBytes, path: () => resolve(root ?? "", file) };
}
