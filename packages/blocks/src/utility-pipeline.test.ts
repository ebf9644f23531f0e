import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { FunctionBlock, HttpGetBlock, HttpOperation, pipe, Sqlite3Block } from "./index.ts";
import { TestServer } from "./testing/http-server.ts";

const Insert = Type.Object({ sqlCommand: Type.String(), parameters: Type.Array(Type.String()) });

test("a page becomes rows of a database, in one pipeline", async () => {
  await using server = await TestServer.start((_request, response) =>
    response
      .setHeader("content-type", "text/html")
      .end("<ul><li>Ada</li><li>Robert'); DROP TABLE people; --</li></ul>"),
  );
  const toInsert = new FunctionBlock(HttpOperation, Insert, (page) => {
    if (!page.success) throw new Error(page.reason);
    const names = [...String(page.data).matchAll(/<li>(.*?)<\/li>/g)].map(([, name = ""]) => name);
    return {
      sqlCommand: `INSERT INTO people VALUES ${names.map(() => "(?)").join(", ")}`,
      parameters: names,
    };
  });
  await using people = new Sqlite3Block(Insert, { row: Type.Object({ name: Type.String() }) });
  await people.run({ sqlCommand: "CREATE TABLE people (name TEXT)", parameters: [] });

  const pipeline = pipe(new HttpGetBlock(server.url()), toInsert, people);
  assert.equal((await pipeline.run()).rowCount, 2);
  const { rows } = await people.run({ sqlCommand: "SELECT name FROM people", parameters: [] });
  const names: (string | undefined)[] = rows.map(({ name }) => name);
  assert.deepEqual(names, ["Ada", "Robert'); DROP TABLE people; --"]);
});
