import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { StateStore } from "@conduit/types";
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
    const moved = await store.transaction((transaction) => transaction.getDeployment("b"));
    assert.deepEqual(moved, { ...row, id: "b", endpointKey: undefined });
  });

  test("a deployment whose endpoint key cannot be decrypted is there without it, can be changed, and can go", async () => {
    const uri = await databases.makeUri();
    await using store = await openStateStore({ uri, secret });
    const [spoilt, whole] = [{ ...deployment("a"), key: "k" }, deployment("b")];
    await store.transaction(async (transaction) => {
      await transaction.putDeployment(spoilt);
      await transaction.putDeployment(whole);
    });
    const spoil =
      "update conduit_deployments set sealed_endpoint_key = 'v1:0123456789abcdef:AAAA' where id = 'a'";
    await databases.query(uri, spoil);
    const keyless = { ...spoilt, status: "DELETING", endpointKey: undefined } as const;
    await store.transaction(async (transaction) => {
      assert.deepEqual(await transaction.listDeployments(), [{ ...spoilt, endpointKey: undefined }, whole]);
      await transaction.putDeployment(keyless);
      assert.deepEqual(await transaction.getDeployment("a"), keyless);
      assert.deepEqual(await transaction.findDeployment("default", "k"), keyless);
    });
    const kept = "select sealed_endpoint_key from conduit_deployments where id = 'a'";
    assert.deepEqual(await databases.query(uri, kept), [{ sealed_endpoint_key: "v1:0123456789abcdef:AAAA" }]);
    await store.transaction((transaction) => transaction.removeDeployment("a"));
    assert.deepEqual(await store.transaction((transaction) => transaction.listDeployments()), [whole]);
  });

  test("another secret is refused before anything is read or written", async () => {
    const uri = await databases.makeUri();
    await (await openStateStore({ uri, secret })).close();
    await assert.rejects(openStateStore({ uri, secret: "another" }), (error) => {
      assert(StateSecretMismatchError.isInstance(error));
      const place = uri.startsWith("sqlite") ? `, or restore ${uri.slice(10)}.key where there was none` : "";
      assert.equal(
        error.message,
        `expected the secret that the endpoint keys in ${error.store} are encrypted with, but found another; set CONDUIT_SECRET to the one that was used before${place}; to change it, set CONDUIT_PREVIOUS_SECRET to that one beside the new one`,
      );
      return true;
    });
    await (await openStateStore({ uri, secret })).close();
  });

  test("a secret makes way for another, for programs that know both, and all keys are encrypted anew", async () => {
    const uri = await databases.makeUri();
    const row = { ...deployment("a"), endpointKey: "endpoint-key-in-clear" };
    await using before = await openStateStore({ uri, secret });
    await before.transaction((transaction) => transaction.putDeployment(row));
    const both = { secret: "another", previousSecret: secret };
    await (await openStateStore({ uri, ...both })).close();
    await using after = await openStateStore({ uri, secret: "another" });
    const read = (store: StateStore) => store.transaction((transaction) => transaction.getDeployment("a"));
    assert.deepEqual(await read(after), row);
    await (await openStateStore({ uri, ...both })).close();
    await assert.rejects(openStateStore({ uri, secret }), StateSecretMismatchError);
    await assert.rejects(
      openStateStore({ uri, secret: "a third", previousSecret: secret }),
      StateSecretMismatchError,
    );
    for (const use of [
      () => read(before),
      () => before.transaction((transaction) => transaction.putDeployment(row)),
    ]) {
      await assert.rejects(
        use,
        (error) =>
          StateSecretMismatchError.isInstance(error) &&
          error.message.endsWith(
            "another program has encrypted them with its CONDUIT_SECRET since this one has opened it; start this one again with the same",
          ),
      );
    }
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
