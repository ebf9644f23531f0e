import type { OutputOf, Schema } from "@conduit/types";
import { Block } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { isLimit, optionChecks } from "../option-checks.ts";
import type { Requires } from "../protocols/requires.ts";
import type { SupportsFileContent } from "../protocols/supports-file-content.ts";
import { SchemaMismatchError } from "../schema-mismatch-error.ts";
import { type FileSystemOptions, toFileSystemSettings } from "./file-options.ts";
import { FileSystemOperation } from "./file-system-operation.ts";
import { toFailure } from "./to-failure.ts";
import { type WriteSettings, writeFile } from "./write-file.ts";

/** Options of {@link FileSystemWriteBlock}. */
export interface FileSystemWriteOptions extends FileSystemOptions {
  /** Whether content is added to the file's end instead of replacing what is there. Default: `false`. */
  readonly append?: boolean | undefined;
  /**
   * Whether the file is replaced as a whole, so that a reader or a crash finds the old content or the new, never a part. `false` writes into
   * the file that is there, which keeps its hard links and attributes. Default: `true`; appending is never so.
   */
  readonly atomic?: boolean | undefined;
  /** Permissions of a file that is made, less the process's mask; one that is there keeps its own. Default: `0o666`. */
  readonly mode?: number | undefined;
}

/**
 * Writes `input.fileContent`, text or bytes, to a file. Once it has, the content survives the loss of power.
 *
 * A full disk, a missing folder, or a file that may not be written is a result, not an error, and leaves a file that is replaced as it was;
 * one that is added to may have got a part. A process that is killed in the middle leaves a file `.conduit-….tmp` behind.
 *
 * A path that a model or a stranger wrote can name whatever this process's user can write, programs and keys included: `root` leaves it one
 * folder and what is below, wherever `..` and symbolic links in it lead. Hostile content is bounded by `maxFileBytes`; what reads the file
 * later must not trust it.
 *
 * @example
 * ```ts
 * const Note = Type.Object({ fileContent: Type.String({ maxLength: 1000 }) });
 * const notes = new FileSystemWriteBlock(Note, "notes.txt", { root: import.meta.dirname });
 *
 * const operation = await notes.run({ fileContent: "Remember the milk.\n" });
 * console.log(operation.success ? "written" : operation.reason); // written
 * ```
 */
export class FileSystemWriteBlock<I extends Schema> extends Block<I, typeof FileSystemOperation> {
  readonly #settings: WriteSettings;

  /** @throws {@link InvalidBlockOptionsError} when an option is out of its range. */
  constructor(
    input: Requires<I, SupportsFileContent>,
    path: string | URL,
    options: FileSystemWriteOptions = {},
  ) {
    super(input, FileSystemOperation, options);
    const { append = false, atomic = !append, mode = 0o666 } = options;
    const require = optionChecks(this.name, options);
    require("atomic", "false or absent where append is true", !(append && atomic));
    require("mode", "permissions from 0 to 0o777", isLimit(mode) && mode <= 0o777);
    this.#settings = { ...toFileSystemSettings(this.name, path, options), append, atomic, mode };
  }

  override get [blockDetails](): BlockDetails {
    const { root, append, atomic } = this.#settings;
    const place = { path: this.#settings.path(), ...(root !== undefined && { root }) };
    return { kind: "file", settings: { ...place, append, atomic } };
  }

  protected override async forward(
    data: OutputOf<I>,
    { signal }: BlockContext,
  ): Promise<FileSystemOperation> {
    const content = this.#contentOf(data);
    const asked = this.#settings.path();
    try {
      return { success: true, path: await writeFile(asked, content, this.#settings, signal) };
    } catch (error) {
      return toFailure("write", asked, error);
    }
  }

  /** The types promise content; JavaScript may not keep the promise. */
  #contentOf(data: unknown): Uint8Array {
    const content = (data as Partial<SupportsFileContent> | null)?.fileContent;
    if (typeof content === "string") return Buffer.from(content);
    if (content instanceof Uint8Array) return content;
    const issues = [{ path: "/fileContent", message: "must be string or Uint8Array" }];
    throw new SchemaMismatchError({ block: this.name, side: "input", issues, value: data });
  }
}
