/** Which database's SQL something is. */
export type SqlDialect = "sqlite" | "postgres";

/** A piece of SQL that is neither space nor comment. */
export interface SqlToken {
  readonly kind: "word" | "placeholder" | "other";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What SQLite's own tokenizer skips between tokens, with the mark of byte order; PostgreSQL's has the vertical tab as well. */
const SPACE = { sqlite: /[ \t\n\f\r\uFEFF]+/y, postgres: /[ \t\n\v\f\r]+/y };
const WORD = /[A-Za-z_\u0080-\u{10FFFF}][\w$\u0080-\u{10FFFF}]*/uy;
const PLACEHOLDER = { sqlite: /\?\d*|[:@$][\w$\u0080-\u{10FFFF}]+/uy, postgres: /\$\d+/y };
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\u{10FFFF}][\w\u0080-\u{10FFFF}]*)?\$/uy;
const NUMBER = /(?:\d|\.\d)[\w.]*/y;

/** The tokens of some SQL. What is quoted and not closed goes to the end. */
export function* tokensOf(sql: string, dialect: SqlDialect): Generator<SqlToken> {
  let at = 0;
  while (at < sql.length) {
    const skipped = match(SPACE[dialect], sql, at) ?? endOfComment(sql, at, dialect);
    if (skipped !== undefined) {
      at = skipped;
      continue;
    }
    const token = tokenAt(sql, at, dialect);
    yield token;
    at = token.end;
  }
}

function tokenAt(sql: string, start: number, dialect: SqlDialect): SqlToken {
  const make = (kind: SqlToken["kind"], end: number): SqlToken => ({
    kind,
    text: kind === "word" ? sql.slice(start, end).toUpperCase() : (sql[start] ?? ""),
    start,
    end,
  });
  const quoted = endOfQuoted(sql, start, dialect);
  if (quoted !== undefined) return make("other", quoted);
  const placeholder = match(PLACEHOLDER[dialect], sql, start);
  if (placeholder !== undefined)
    return { ...make("placeholder", placeholder), text: sql.slice(start, placeholder) };
  const word = match(WORD, sql, start);
  if (word !== undefined) return make("word", word);
  return make("other", match(NUMBER, sql, start) ?? start + 1);
}

function endOfQuoted(sql: string, start: number, dialect: SqlDialect): number | undefined {
  const first = sql[start] ?? "";
  if (first === "'" || first === '"') return endOfDoubled(sql, start, first);
  if (dialect === "sqlite") {
    if (first === "`") return endOfDoubled(sql, start, "`");
    return first === "[" ? endAfter(sql, "]", start + 1) : undefined;
  }
  if (/^[eE]'/.test(sql.slice(start, start + 2))) return endOfEscaped(sql, start + 2);
  const body = first === "$" ? match(DOLLAR_QUOTE, sql, start) : undefined;
  return body === undefined ? undefined : endAfter(sql, sql.slice(start, body), body);
}

/** The end of something in which a doubled quote stands for itself. */
function endOfDoubled(sql: string, start: number, quote: string): number {
  let at = endAfter(sql, quote, start + 1);
  while (sql[at] === quote) at = endAfter(sql, quote, at + 1);
  return at;
}

/** The end of a string in which a backslash escapes. */
function endOfEscaped(sql: string, from: number): number {
  for (let at = from; at < sql.length; at++) {
    if (sql[at] === "\\") at++;
    else if (sql[at] === "'") {
      if (sql[at + 1] !== "'") return at + 1;
      at++;
    }
  }
  return sql.length;
}

function endOfComment(sql: string, start: number, dialect: SqlDialect): number | undefined {
  if (sql.startsWith("--", start)) {
    const end = (dialect === "sqlite" ? /\n/g : /[\n\r]/g) satisfies RegExp;
    end.lastIndex = start;
    return end.exec(sql)?.index ?? sql.length;
  }
  if (!sql.startsWith("/*", start)) return undefined;
  if (dialect === "sqlite") return endAfter(sql, "*/", start + 2);
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

function endAfter(sql: string, text: string, from: number): number {
  const found = sql.indexOf(text, from);
  return found === -1 ? sql.length : found + text.length;
}

function match(pattern: RegExp, sql: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}
