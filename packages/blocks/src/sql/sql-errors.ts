import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

/** The package that talks to a kind of database is not installed, or does not load. */
export class SqlDriverError extends ConduitError {
  static readonly code = "SQL_DRIVER";
  readonly code = SqlDriverError.code;
  readonly packageName: string;

  constructor(packageName: string, problem: string, options?: ConduitErrorOptions) {
    super(
      `Expected the package ${packageName} to load, found that it does not: ${problem}. Install it beside @conduit/blocks (npm install ${packageName}), and let it run its install script where your package manager asks.`,
      options,
    );
    this.packageName = packageName;
  }
}

/** The file with a database's schema cannot be read, or its SQL fails. */
export class SqlSchemaFileError extends ConduitError {
  static readonly code = "SQL_SCHEMA_FILE";
  readonly code = SqlSchemaFileError.code;
  readonly schemaFile: string;

  constructor(schemaFile: string, problem: string, options?: ConduitErrorOptions) {
    super(
      `Expected ${schemaFile} (schemaFile) to be SQL that can be run whenever the database is opened, found: ${problem}. Correct the file; CREATE … IF NOT EXISTS can be repeated.`,
      options,
    );
    this.schemaFile = schemaFile;
  }
}

/** A block was run after it was disposed. */
export class BlockDisposedError extends ConduitError {
  static readonly code = "BLOCK_DISPOSED";
  readonly code = BlockDisposedError.code;
  /** Name of the block. */
  readonly block: string;

  constructor(block: string) {
    super(
      `Expected ${block} to be in use, found that it was disposed. Dispose a block after its last run, or make a new one.`,
    );
    this.block = block;
  }
}
