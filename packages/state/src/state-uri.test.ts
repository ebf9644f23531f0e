import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { InvalidStateUriError } from "./state-place-error.ts";
import { DEFAULT_STATE_URI, parseStateUri } from "./state-uri.ts";
import { failsWith } from "./testing/fails-with.ts";

test("three slashes lead to a file in the working directory, four to one anywhere", () => {
  for (const [uri, path] of [
    [DEFAULT_STATE_URI, join(process.cwd(), "conduit.db")],
    ["sqlite:///deep/er/conduit.db", join(process.cwd(), "deep", "er", "conduit.db")],
    ["sqlite:////var/lib/conduit.db", "/var/lib/conduit.db"],
    ["SQLite:////with%20space/50%25.db", "/with space/50%.db"],
    ["sqlite:////with space.db", "/with space.db"],
  ] as const)
    assert.deepEqual(parseStateUri(uri), { kind: "sqlite", path }, uri);
});

test("URIs of PostgreSQL are left to its driver", () => {
  for (const uri of [
    "postgresql://user:pass@host:5432/name?sslmode=require",
    "postgres:///name",
    "postgresql:///name?password=p@ss",
  ])
    assert.deepEqual(parseStateUri(uri), { kind: "postgres", uri });
});

const expected =
  "expected the URI of a state store (CONDUIT_DB_URI) such as sqlite:///conduit.db, sqlite:////var/lib/conduit.db or postgresql://user@host/database, but found one";

for (const uri of [
  "postgresql://user:/secret@host/name",
  "postgresql://user:12/34@host/name",
  "postgresql://user:p@ss/word@host/name",
  "postgresql://user:12?34@host/name",
  "postgresql://user:12#34@host/name",
]) {
  test(`"${uri}" is refused, since what is taken for its host or its name is part of the password`, () => {
    assert.throws(
      () => parseStateUri(uri),
      failsWith(
        InvalidStateUriError,
        `${expected} of PostgreSQL with an @ after the host; in a user's name or password write %2F for /, %3F for ?, %23 for # and %40 for @`,
      ),
    );
  });
}

for (const [uri, problem] of [
  [
    "sqlite://conduit.db",
    " of SQLite without a file; three slashes and a path follow sqlite:, and no parameters",
  ],
  ["sqlite:", " of SQLite without a file; three slashes and a path follow sqlite:, and no parameters"],
  ["sqlite:///", " of SQLite without a file; three slashes and a path follow sqlite:, and no parameters"],
  [
    "sqlite:///a.db?x=1",
    " of SQLite without a file; three slashes and a path follow sqlite:, and no parameters",
  ],
  ["sqlite:///100%.db", " of SQLite with a % that does not begin an escape; write %25 for %"],
  ["mysql://user:pass@host/name", " that starts otherwise"],
  ["/var/lib/conduit.db", " that starts otherwise"],
  ["", " that starts otherwise"],
] as const) {
  test(`"${uri}" is refused without being told`, () => {
    assert.throws(() => parseStateUri(uri), failsWith(InvalidStateUriError, `${expected}${problem}`));
  });
}
