import type { Schema } from "@conduit/types";
import { type Static, Type } from "typebox";
import { checked } from "../checked.ts";

/** What went wrong with an SQL command; see {@link SqlOperation}. */
export const SqlFailure = Type.Enum([
  "refused",
  "statement",
  "timeout",
  "size",
  "rows",
  "connection",
  "commit",
]);
export type SqlFailure = Static<typeof SqlFailure>;

const Failed = Type.Object({
  success: Type.Literal(false),
  rows: Type.Tuple([]),
  rowCount: Type.Literal(0),
  /**
   * What went wrong: the block does not run such a command; the database does not; it did not end in time; it gave more than the
   * limit; its rows are not what was asked for; the database cannot be reached. The transaction is rolled back in all these cases.
   * `commit`: the connection broke while the transaction was committed, and whether it was is not known.
   */
  failure: SqlFailure,
  /** The same as a sentence. */
  reason: Type.String(),
  /** The database's own code, such as `SQLITE_CONSTRAINT` or `23505`. */
  errorCode: Type.Optional(Type.String()),
});

/** The schema of what comes of an SQL command whose rows match `row`. */
export function sqlOperation<Row extends Schema>(row: Row) {
  const Succeeded = Type.Object({
    success: Type.Literal(true),
    /** Of the last statement, as objects by column. */
    rows: Type.Array(checked(row)),
    /** Number of rows that the last statement gave, or else that it changed. */
    rowCount: Type.Integer({ minimum: 0 }),
  });
  return Type.Union([Succeeded, Failed]);
}

/** The schema that {@link sqlOperation} makes. */
export type SqlOperationOf<Row extends Schema> = ReturnType<typeof sqlOperation<Row>>;

/** A row that nobody described. */
export const AnyRow = Type.Record(Type.String(), Type.Unknown());

/** What came of an SQL command; `success` tells the two apart. */
export const SqlOperation = sqlOperation(AnyRow);
export type SqlOperation = Static<typeof SqlOperation>;
