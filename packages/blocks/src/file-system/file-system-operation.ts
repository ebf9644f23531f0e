import { type Static, type TSchema, Type } from "typebox";
import { Bytes } from "../bytes.ts";

const Failed = Type.Object({
  success: Type.Literal(false),
  /** The path that was asked for, without its `.` and `..`. */
  path: Type.String(),
  /**
   * The system's code, such as `ENOENT`, `EACCES` or `ENOSPC`; or `OUTSIDE_ROOT` for a path that leaves the root, `TOO_LARGE` for a file
   * above the limit, `NOT_A_FILE` for a folder, a device or the like, `NOT_UTF8` for a file that is no text.
   */
  errorCode: Type.String(),
  /** The same as a sentence. */
  reason: Type.String(),
});

function operationWith<Data extends TSchema>(data: Data) {
  const Succeeded = Type.Object({
    success: Type.Literal(true),
    /** Where the file is, with no symbolic link in it. */
    path: Type.String(),
    data,
  });
  return Type.Union([Succeeded, Failed]);
}

/** What comes of reading a file in some format. */
export const readOperations = { text: operationWith(Type.String()), bytes: operationWith(Bytes) };

/** What came of reading or writing a file; `success` tells the two apart. */
export const FileSystemOperation = operationWith(Type.Optional(Type.Union([Type.String(), Bytes])));
export type FileSystemOperation = Static<typeof FileSystemOperation>;
