import type {
  AttachmentRow,
  DeploymentRow,
  EventFilter,
  EventRow,
  LeaseRow,
  NodeRow,
  StateTransaction,
  TombstoneRow,
} from "@conduit/types";
import type { Kysely } from "kysely";
import { requireWholeNumbers } from "../require-whole-numbers.ts";
import type { Keyring } from "../secret/keyring.ts";
import {
  duplicateKeyError,
  missingDeploymentError,
  missingEndpointKeyError,
  StateStoreClosedError,
} from "../state-error.ts";
import {
  storableAttachment,
  storableDeployment,
  storableEvent,
  storableNode,
  storableTombstone,
} from "../storable-row.ts";
import * as leases from "./leases.ts";
import { queryBuilder } from "./query-builder.ts";
import * as rows from "./rows.ts";
import type { DeploymentTable, StateSchema } from "./schema.ts";
import type { SqlDatabase, SqlQuery } from "./sql-database.ts";
import { SqlError } from "./sql-error.ts";
import { requireCurrentKey } from "./store-row.ts";

/**
 * The rows of a database for as long as a transaction lasts. Statements run one after another, in the order of the calls. Since
 * transactions run alone, what a check has found still holds when a row is written.
 */
export class SqlTransaction implements StateTransaction {
  readonly nowMs: number;
  readonly #db: Kysely<StateSchema>;
  readonly #database: SqlDatabase;
  readonly #keyring: Keyring;
  #last: Promise<unknown> = Promise.resolve();
  #open = true;
  #wrote = false;
  #failure: SqlError | undefined;

  constructor(database: SqlDatabase, connection: SqlQuery, keyring: Keyring, nowMs: number) {
    this.#database = database;
    this.#db = queryBuilder(database, {
      query: (sql, parameters) => this.#query(connection, sql, parameters),
    });
    this.#keyring = keyring;
    this.nowMs = nowMs;
  }

  /** Whether there is anything to commit. */
  get wrote(): boolean {
    return this.#wrote;
  }

  /** What the database failed with first. PostgreSQL does nothing after that, and answers a commit as if it had. */
  get failure(): SqlError | undefined {
    return this.#failure;
  }

  /** Lets nothing more begin, and waits for what has. */
  async end(): Promise<void> {
    this.#open = false;
    await this.#last;
  }

  getDeployment(id: string): Promise<DeploymentRow | undefined> {
    return this.#do(async (db) => {
      const columns = await db
        .selectFrom("conduit_deployments")
        .selectAll()
        .where("id", "=", id)
        .executeTakeFirst();
      return columns && this.#deploymentRow(db, columns);
    });
  }

  findDeployment(namespace: string, key: string): Promise<DeploymentRow | undefined> {
    return this.#do(async (db) => {
      const columns = await db
        .selectFrom("conduit_deployments")
        .selectAll()
        .where("namespace", "=", namespace)
        .where("key", "=", key)
        .executeTakeFirst();
      return columns && this.#deploymentRow(db, columns);
    });
  }

  listDeployments(namespace?: string): Promise<readonly DeploymentRow[]> {
    return this.#do(async (db) => {
      const found = await db
        .selectFrom("conduit_deployments")
        .selectAll()
        .$if(namespace !== undefined, (query) => query.where("namespace", "=", namespace ?? ""))
        .orderBy("created_at_ms")
        .orderBy("id")
        .execute();
      const list: DeploymentRow[] = [];
      for (const columns of found) list.push(await this.#deploymentRow(db, columns));
      return list;
    });
  }

  async putDeployment(row: DeploymentRow): Promise<void> {
    const storable = structuredClone(storableDeployment(row));
    const { id, namespace, key, endpointKey } = storable;
    await this.#do(async (db) => {
      await requireCurrentKey(this.#database, db, this.#keyring);
      const other = await db
        .selectFrom("conduit_deployments")
        .select("id")
        .where("namespace", "=", namespace)
        .where("key", "=", key)
        .where("id", "<>", id)
        .executeTakeFirst();
      if (other !== undefined) throw duplicateKeyError(storable, other.id);
      const sealed =
        endpointKey === undefined ? await sealedKeyOf(db, storable) : this.#keyring.seal(endpointKey, id);
      const columns = rows.deploymentColumns(storable, sealed);
      await this.#write(db)
        .insertInto("conduit_deployments")
        .values(columns)
        .onConflict((conflict) => conflict.column("id").doUpdateSet(columns))
        .execute();
    });
  }

  async removeDeployment(id: string): Promise<void> {
    await this.#do((db) => this.#write(db).deleteFrom("conduit_deployments").where("id", "=", id).execute());
  }

  getNode(name: string): Promise<NodeRow | undefined> {
    return this.#do(async (db) => {
      const columns = await db
        .selectFrom("conduit_nodes")
        .selectAll()
        .where("name", "=", name)
        .executeTakeFirst();
      return columns && rows.nodeRow(columns);
    });
  }

  listNodes(deploymentId: string): Promise<readonly NodeRow[]> {
    return this.#do(async (db) => {
      const found = await db
        .selectFrom("conduit_nodes")
        .selectAll()
        .where("deployment_id", "=", deploymentId)
        .orderBy("created_at_ms")
        .orderBy("name")
        .execute();
      return found.map(rows.nodeRow);
    });
  }

  async putNode(row: NodeRow): Promise<void> {
    const columns = rows.nodeColumns(storableNode(row));
    await this.#do(async (db) => {
      await requireDeployment(db, columns.deployment_id, `node ${columns.name}`);
      await this.#write(db)
        .insertInto("conduit_nodes")
        .values(columns)
        .onConflict((conflict) => conflict.column("name").doUpdateSet(columns))
        .execute();
    });
  }

  async removeNode(name: string): Promise<void> {
    await this.#do((db) => this.#write(db).deleteFrom("conduit_nodes").where("name", "=", name).execute());
  }

  listAttachments(deploymentId: string): Promise<readonly AttachmentRow[]> {
    return this.#do(async (db) => {
      const found = await db
        .selectFrom("conduit_attachments")
        .selectAll()
        .where("deployment_id", "=", deploymentId)
        .execute();
      return found.map(rows.attachmentRow);
    });
  }

  async putAttachment(row: AttachmentRow): Promise<void> {
    const columns = rows.attachmentColumns(storableAttachment(row));
    await this.#do(async (db) => {
      await requireDeployment(db, columns.deployment_id, `attachment ${columns.id}`);
      await this.#write(db)
        .insertInto("conduit_attachments")
        .values(columns)
        .onConflict((conflict) => conflict.column("id").doUpdateSet(columns))
        .execute();
    });
  }

  async removeAttachment(id: string): Promise<void> {
    await this.#do((db) => this.#write(db).deleteFrom("conduit_attachments").where("id", "=", id).execute());
  }

  listTombstones(): Promise<readonly TombstoneRow[]> {
    return this.#do(async (db) => {
      const found = await db
        .selectFrom("conduit_tombstones")
        .selectAll()
        .orderBy("created_at_ms")
        .orderBy("node_name")
        .execute();
      return found.map(rows.tombstoneRow);
    });
  }

  async putTombstone(row: TombstoneRow): Promise<void> {
    const columns = rows.tombstoneColumns(storableTombstone(row));
    await this.#do((db) =>
      this.#write(db)
        .insertInto("conduit_tombstones")
        .values(columns)
        .onConflict((conflict) => conflict.column("node_name").doUpdateSet(columns))
        .execute(),
    );
  }

  async removeTombstone(nodeName: string): Promise<void> {
    await this.#do((db) =>
      this.#write(db).deleteFrom("conduit_tombstones").where("node_name", "=", nodeName).execute(),
    );
  }

  getLease(namespace: string): Promise<LeaseRow | undefined> {
    return this.#do((db) => leases.getLease(db, namespace));
  }

  async acquireLease(namespace: string, holder: string, durationMs: number): Promise<LeaseRow | undefined> {
    requireWholeNumbers("a lease", { durationMs });
    const expiresAtMs = this.nowMs + durationMs;
    return this.#do((db) =>
      leases.acquireLease(this.#write(db), { namespace, holder, expiresAtMs }, this.nowMs),
    );
  }

  async renewLease(
    { namespace, fencingToken }: Pick<LeaseRow, "namespace" | "fencingToken">,
    durationMs: number,
  ): Promise<LeaseRow | undefined> {
    requireWholeNumbers("a lease", { durationMs });
    const expiresAtMs = this.nowMs + durationMs;
    return this.#do((db) => leases.renewLease(this.#write(db), { namespace, fencingToken, expiresAtMs }));
  }

  async releaseLease({
    namespace,
    fencingToken,
  }: Pick<LeaseRow, "namespace" | "fencingToken">): Promise<void> {
    await this.#do((db) => leases.releaseLease(this.#write(db), { namespace, fencingToken }));
  }

  async appendEvent(event: Omit<EventRow, "id" | "atMs">): Promise<void> {
    const columns = rows.eventColumns(storableEvent(event), this.nowMs);
    await this.#do((db) => this.#write(db).insertInto("conduit_events").values(columns).execute());
  }

  async listEvents(filter: EventFilter = {}): Promise<readonly EventRow[]> {
    const { deploymentId, afterId = 0, limit, keep = "oldest" } = filter;
    requireWholeNumbers("the filter of events", { afterId, limit });
    return this.#do(async (db) => {
      const found = await db
        .selectFrom("conduit_events")
        .selectAll()
        .where("id", ">", afterId)
        .$if(deploymentId !== undefined, (query) => query.where("deployment_id", "=", deploymentId ?? ""))
        .orderBy("id", keep === "oldest" ? "asc" : "desc")
        .$if(limit !== undefined, (query) => query.limit(limit ?? 0))
        .execute();
      return (keep === "oldest" ? found : found.reverse()).map(rows.eventRow);
    });
  }

  /** Runs statements after those of earlier calls. */
  async #do<T>(statements: (db: Kysely<StateSchema>) => Promise<T>): Promise<T> {
    if (!this.#open) throw new StateStoreClosedError("transaction");
    const run = this.#last.then(() => statements(this.#db));
    this.#last = run.catch(() => {});
    return run;
  }

  async #query(
    connection: SqlQuery,
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<readonly unknown[]> {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      return await connection.query(sql, parameters);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      this.#failure = error;
      throw error.error;
    }
  }

  #write(db: Kysely<StateSchema>): Kysely<StateSchema> {
    this.#wrote = true;
    return db;
  }

  /** One whose endpoint key cannot be decrypted is no reason for others not to be found. */
  async #deploymentRow(db: Kysely<StateSchema>, columns: DeploymentTable): Promise<DeploymentRow> {
    const endpointKey = this.#keyring.unseal(columns.sealed_endpoint_key, columns.id);
    // Where it is this program's secret that is not the right one any more, all others are in order.
    if (endpointKey === undefined) await requireCurrentKey(this.#database, db, this.#keyring);
    return rows.deploymentRow(columns, endpointKey);
  }
}

/** The endpoint key that a row has, as it is encrypted. */
async function sealedKeyOf(db: Kysely<StateSchema>, row: DeploymentRow): Promise<string> {
  const found = await db
    .selectFrom("conduit_deployments")
    .select("sealed_endpoint_key")
    .where("id", "=", row.id)
    .executeTakeFirst();
  if (found === undefined) throw missingEndpointKeyError(row);
  return found.sealed_endpoint_key;
}

async function requireDeployment(db: Kysely<StateSchema>, id: string, what: string): Promise<void> {
  const found = await db
    .selectFrom("conduit_deployments")
    .select("id")
    .where("id", "=", id)
    .executeTakeFirst();
  if (found === undefined) throw missingDeploymentError(what, id);
}
