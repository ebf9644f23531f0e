import { type SqlDialect, type SqlToken, tokensOf } from "./tokens.ts";

/** One statement of an SQL command. */
export interface SqlStatement {
  /** Without the semicolon. */
  readonly text: string;
  /** The words that it starts with, in upper case, without EXPLAIN. */
  readonly words: readonly string[];
  /** Number of its bare question marks; `undefined` where it has placeholders of another kind. */
  readonly questionMarks: number | undefined;
}

/** As many words as say what a statement is: CREATE OR REPLACE TEMPORARY TRIGGER, after EXPLAIN QUERY PLAN. */
const FIRST_WORDS = 7;

/**
 * The statements of an SQL command. A semicolon within a string, a comment, parentheses, or the body of a trigger or a function
 * ends none.
 */
export function splitStatements(sql: string, dialect: SqlDialect): readonly SqlStatement[] {
  const statements: SqlStatement[] = [];
  let tokens: SqlToken[] = [];
  const body = new Body(dialect);
  const finish = (): void => {
    const first = tokens[0];
    const last = tokens.at(-1);
    if (first !== undefined && last !== undefined) {
      statements.push({ text: sql.slice(first.start, last.end), ...describe(tokens) });
    }
    tokens = [];
    body.reset();
  };
  for (const token of tokensOf(sql, dialect)) {
    if (token.text === ";" && token.kind === "other" && !body.isOpen(tokens)) {
      finish();
      continue;
    }
    tokens.push(token);
    body.take(token, tokens);
  }
  finish();
  return statements;
}

function describe(tokens: readonly SqlToken[]): Pick<SqlStatement, "words" | "questionMarks"> {
  const placeholders = tokens.filter(({ kind }) => kind === "placeholder");
  const isBare = placeholders.every(({ text }) => text === "?");
  return { words: wordsOf(tokens), questionMarks: isBare ? placeholders.length : undefined };
}

/** The leading words; EXPLAIN runs some statements, and so what follows it counts. */
function wordsOf(tokens: readonly SqlToken[]): readonly string[] {
  const end = tokens.findIndex(({ kind }) => kind !== "word");
  const words = tokens
    .slice(0, end === -1 ? FIRST_WORDS : Math.min(end, FIRST_WORDS))
    .map(({ text }) => text);
  if (words[0] !== "EXPLAIN") return words;
  return words.slice(words[1] === "QUERY" && words[2] === "PLAN" ? 3 : 1);
}

/** Follows what may have semicolons of its own: bodies of triggers in SQLite, of SQL functions and rules in PostgreSQL. */
class Body {
  readonly #dialect: SqlDialect;
  #parentheses = 0;
  #blocks = 0;

  constructor(dialect: SqlDialect) {
    this.#dialect = dialect;
  }

  reset(): void {
    this.#parentheses = 0;
    this.#blocks = 0;
  }

  /** @param tokens those of the statement so far, the token included. */
  take(token: SqlToken, tokens: readonly SqlToken[]): void {
    if (this.#dialect === "sqlite") return;
    if (token.kind === "other") {
      if (token.text === "(") this.#parentheses++;
      if (token.text === ")") this.#parentheses = Math.max(this.#parentheses - 1, 0);
    } else if (token.text === "ATOMIC" && tokens.at(-2)?.text === "BEGIN") this.#blocks++;
    else if (this.#blocks > 0 && token.text === "CASE") this.#blocks++;
    else if (this.#blocks > 0 && token.text === "END") this.#blocks--;
  }

  /** Whether a semicolon after these tokens belongs to the body. */
  isOpen(tokens: readonly SqlToken[]): boolean {
    if (this.#dialect === "postgres") return this.#parentheses > 0 || this.#blocks > 0;
    // The rule of sqlite3_complete: a trigger ends with a semicolon, END, and another one.
    const [first, second, third] = wordsOf(tokens);
    if (first !== "CREATE" || (second !== "TRIGGER" && third !== "TRIGGER")) return false;
    return !(tokens.at(-1)?.text === "END" && tokens.at(-2)?.text === ";");
  }
}
