import { type CompiledSchema, compileSchema, type InputOf, type OutputOf, type Schema } from "@conduit/types";
import { Block } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { Deadline } from "../deadline.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { identityOf } from "../describe/identity.ts";
import type { SupportsSqlCommand } from "../protocols/supports-sql-command.ts";
import { SchemaMismatchError } from "../schema-mismatch-error.ts";
import { untilAborted } from "../until-aborted.ts";
import { acceptCommand } from "./accept-command.ts";
import { runTransaction } from "./run-transaction.ts";
import type { SqlDatabase } from "./sql-database.ts";
import { BlockDisposedError } from "./sql-errors.ts";
import { AnyRow, SqlOperation, type SqlOperationOf, sqlOperation } from "./sql-operation.ts";
import { type SqlOptions, type SqlSettings, toSqlSettings } from "./sql-options.ts";
import { SqlProblem } from "./sql-problem.ts";
import type { SqlDialect } from "./tokens.ts";

/** What blocks that run SQL have in common. */
export abstract class SqlBlock<I extends Schema, Row extends Schema>
  extends Block<I, SqlOperationOf<Row>>
  implements AsyncDisposable
{
  readonly #dialect: SqlDialect;
  readonly #settings: SqlSettings;
  readonly #row: CompiledSchema<Row>;
  #database: Promise<SqlDatabase> | undefined;
  readonly #runs = new Set<Promise<SqlOperation>>();
  #isDisposed = false;

  constructor(input: I, dialect: SqlDialect, options: SqlOptions<Row>) {
    // Without a schema of its own, `Row` is that of any row, and steps of a pipe that know the operation need not check it again.
    const { row = AnyRow as Schema as Row } = options;
    const operation = options.row === undefined ? (SqlOperation as Schema) : sqlOperation(row);
    super(input, operation as SqlOperationOf<Row>, options);
    this.#dialect = dialect;
    this.#settings = toSqlSettings(this.name, options);
    this.#row = compileSchema(row);
  }

  override get [blockDetails](): BlockDetails {
    const { readOnly, allowSeveralStatements } = this.#settings;
    const settings = { dialect: this.#dialect, readOnly, allowSeveralStatements };
    return { kind: "sql", settings, identity: identityOf(...this.place) };
  }

  /** Which database it is, perhaps with a password in it. */
  protected abstract get place(): readonly unknown[];

  /** Called for the first run, and again after a failure. */
  protected abstract open(settings: SqlSettings): Promise<SqlDatabase>;

  /** Ends what the block holds of its database, once the runs under way have ended. It cannot be run again. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const opening = this.#database;
    this.#database = undefined;
    await Promise.allSettled(this.#runs);
    const database = await opening?.catch(() => undefined);
    await database?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  protected override async forward(
    data: OutputOf<I>,
    { signal }: BlockContext,
  ): Promise<InputOf<SqlOperationOf<Row>>> {
    const command = this.#commandOf(data);
    if (this.#isDisposed) throw new BlockDisposedError(this.name);
    const running = this.#run(command, signal);
    this.#runs.add(running);
    try {
      // The schema of its rows is a type parameter, which the compiler cannot look into.
      return (await running) as InputOf<SqlOperationOf<Row>>;
    } finally {
      this.#runs.delete(running);
    }
  }

  async #run(
    { sqlCommand, parameters = [] }: SupportsSqlCommand,
    signal: AbortSignal,
  ): Promise<SqlOperation> {
    const { timeoutMs, allowSeveralStatements, ...limits } = this.#settings;
    using deadline = new Deadline(signal, timeoutMs);
    try {
      const statements = acceptCommand(sqlCommand, parameters.length, this.#dialect, allowSeveralStatements);
      // Others may wait for the same, and go on.
      const database = await untilAborted(deadline, () => this.#opened());
      const work = { ...limits, statements, parameters, row: this.#row };
      const { rows, rowCount } = await runTransaction(database, work, deadline.signal);
      // They are what `row` made of them.
      return { success: true, rows: rows as Record<string, unknown>[], rowCount };
    } catch (error) {
      return this.#toFailure(error, deadline);
    }
  }

  async #opened(): Promise<SqlDatabase> {
    const opening = this.#database ?? this.open(this.#settings);
    this.#database = opening;
    try {
      return await opening;
    } catch (error) {
      if (this.#database === opening) this.#database = undefined;
      throw error;
    }
  }

  #toFailure(error: unknown, deadline: Deadline): SqlOperation {
    const failed = { success: false, rows: [], rowCount: 0 } satisfies Partial<SqlOperation>;
    const isProblem = error instanceof SqlProblem;
    if (deadline.isOver && !(isProblem && error.failure === "commit")) {
      const reason = `The command did not end within ${this.#settings.timeoutMs / 1000} seconds (timeoutSeconds).`;
      return { ...failed, failure: "timeout", reason };
    }
    if (!isProblem) throw error;
    const { failure, message: reason, errorCode } = error;
    return { ...failed, failure, reason, ...(errorCode !== undefined && { errorCode }) };
  }

  /** The types promise a command; JavaScript may not keep the promise. */
  #commandOf(data: unknown): SupportsSqlCommand {
    const { sqlCommand, parameters } = (data ?? {}) as Partial<SupportsSqlCommand>;
    const issues = [
      ...(typeof sqlCommand === "string" ? [] : [{ path: "/sqlCommand", message: "must be string" }]),
      ...(parameters === undefined || Array.isArray(parameters)
        ? []
        : [{ path: "/parameters", message: "must be array" }]),
    ];
    if (typeof sqlCommand === "string" && issues.length === 0) {
      return parameters === undefined ? { sqlCommand } : { sqlCommand, parameters };
    }
    throw new SchemaMismatchError({ block: this.name, side: "input", issues, value: data });
  }
}
