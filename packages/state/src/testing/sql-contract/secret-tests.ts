import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { openStateStore } from "../../open-state-store.ts";
import { Keyring, sealingKey } from "../../secret/keyring.ts";
import { recordKey } from "../../sql/store-row.ts";
import { withConnection } from "../../sql/with-connection.ts";
import { StateSecretMismatchError } from "../../state-secret-error.ts";
import { failsWith } from "../fails-with.ts";
import { deployment } from "../rows.ts";
import { retry, type SqlDatabases, secret } from "./sql-databases.ts";

/** What a database promises of endpoint keys. */
export function testSecrets(databases: SqlDatabases): void {
  test("endpoint keys are encrypted, each time differently, and are of no use in another row", async () => {
    const uri = await databases.makeUri();
    await using store = await openStateStore({ uri, secret });
    const row = { ...deployment("a"), endpointKey: "endpoint-key-in-clear" };
    const sealed = new Set<unknown>();
    for (let time = 0; time < 2; time++) {
      await store.transaction((transaction) => transaction.putDeployment(row));
      const [columns] = await databases.query(uri, "select * from conduit_deployments");
      assert.doesNotMatch(JSON.stringify(columns), /in-clear|"secret"/);
      sealed.add((columns as { sealed_endpoint_key: string }).sealed_endpoint_key);
    }
    assert.equal(sealed.size, 2);
    assert.deepEqual(await store.transaction((transaction) => transaction.getDeployment("a")), row);
    await databases.query(uri, "update conduit_deployments set id = 'b'");
    await assert.rejects(
      store.transaction((transaction) => transaction.listDeployments()),
      (error) => {
        assert(StateSecretMismatchError.isInstance(error));
        assert.equal(
          error.message,
          `expected the secret that the endpoint keys in ${error.store} are encrypted with, but found another; that of deployment b was encrypted with one that is not there any more, or was changed`,
        );
        return true;
      },
    );
  });

  test("another secret is refused before anything is read or written", async () => {
    const uri = await databases.makeUri();
    await (await openStateStore({ uri, secret })).close();
    await assert.rejects(openStateStore({ uri, secret: "another" }), (error) => {
      assert(StateSecretMismatchError.isInstance(error));
      const place = uri.startsWith("sqlite") ? `, or restore ${uri.slice(10)}.key where there was none` : "";
      assert.equal(
        error.message,
        `expected the secret that the endpoint keys in ${error.store} are encrypted with, but found another; set CONDUIT_SECRET to the one that was used before${place}`,
      );
      return true;
    });
    await (await openStateStore({ uri, secret })).close();
  });

  test("a key is not noted where another program has noted its own in the meantime", async () => {
    const uri = await databases.makeUri();
    await (await openStateStore({ uri, secret })).close();
    const raw = await databases.database(uri);
    const keyring = new Keyring([sealingKey(randomBytes(32))]);
    const noted = withConnection(raw, retry, (connection) => recordKey(raw, connection, keyring, undefined));
    await assert.rejects(
      noted,
      failsWith(
        StateSecretMismatchError,
        `expected the secret that the endpoint keys in ${raw.store} are encrypted with, but found another; another program has opened it at the same time with its own; give both the same CONDUIT_SECRET`,
      ),
    );
    await raw.close();
    await (await openStateStore({ uri, secret })).close();
  });
}
