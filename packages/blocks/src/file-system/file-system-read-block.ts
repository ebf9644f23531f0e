import type { InputOf } from "@conduit/types";
import { Block } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { NoOp } from "../no-op.ts";
import { optionChecks } from "../option-checks.ts";
import { type FileSystemOptions, type FileSystemSettings, toFileSystemSettings } from "./file-options.ts";
import { FileProblem } from "./file-problem.ts";
import { type FileSystemOperation, readOperations } from "./file-system-operation.ts";
import { readFile } from "./read-file.ts";
import { toFailure } from "./to-failure.ts";

/** What a file is read as. */
export type FileFormat = keyof typeof readOperations;

/** Options of {@link FileSystemReadBlock}. */
export interface FileSystemReadOptions<Format extends FileFormat = FileFormat> extends FileSystemOptions {
  /** Whether `data` is a string or a `Uint8Array`. Default: `text`, which must be UTF-8. */
  readonly format?: Format | undefined;
}

/**
 * Reads a file, as text or as bytes.
 *
 * A file that is not there, or may not be read, is a result, not an error. Folders, devices and pipes are not read.
 *
 * A path that a model or a stranger wrote can name whatever this process's user can read, keys included: `root` leaves it one folder and
 * what is below, wherever `..` and symbolic links in it lead. Hard links, and what is mounted below, count as below. `maxFileBytes` bounds
 * what it takes.
 *
 * @example
 * ```ts
 * const hosts = new FileSystemReadBlock("hosts", { root: "/etc" });
 * const operation = await hosts.run();
 * console.log(operation.success ? operation.path : operation.errorCode); // /etc/hosts
 * ```
 */
export class FileSystemReadBlock<Format extends FileFormat = "text"> extends Block<
  typeof NoOp,
  (typeof readOperations)[Format]
> {
  readonly #settings: FileSystemSettings;
  readonly #format: FileFormat;

  /** @throws {@link InvalidBlockOptionsError} when an option is out of its range. */
  constructor(path: string | URL, options: FileSystemReadOptions<Format> = {}) {
    // Without a format, `Format` is that of text.
    const format = options.format ?? ("text" as Format);
    super(NoOp, readOperations[format] ?? readOperations.text, options);
    optionChecks(this.name, options)("format", "text or bytes", format in readOperations);
    this.#settings = toFileSystemSettings(this.name, path, options);
    this.#format = format;
  }

  override get [blockDetails](): BlockDetails {
    const { root } = this.#settings;
    const place = { path: this.#settings.path(), ...(root !== undefined && { root }) };
    return { kind: "file", settings: { ...place, format: this.#format } };
  }

  protected override async forward(
    _data: NoOp,
    { signal }: BlockContext,
  ): Promise<InputOf<(typeof readOperations)[Format]>> {
    const asked = this.#settings.path();
    let operation: FileSystemOperation;
    try {
      const { path, bytes } = await readFile(asked, this.#settings, signal);
      operation = { success: true, path, data: this.#format === "text" ? toText(bytes) : bytes };
    } catch (error) {
      operation = toFailure("read", asked, error);
    }
    // Which of the formats it is, the compiler cannot know.
    return operation as InputOf<(typeof readOperations)[Format]>;
  }
}

function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileProblem("NOT_UTF8", "it is not text in UTF-8; the format bytes reads anything");
  }
}
