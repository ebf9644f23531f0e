import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { StateSchema } from "./schema.ts";
import type { SqlSpelling } from "./sql-database.ts";

/**
 * A change of the schema. Programs that opened the database before it go on with the schema that they know, so a migration only
 * adds: tables, and columns that may be null or have a default.
 */
export interface Migration {
  readonly name: string;
  up(db: Kysely<StateSchema>, spelling: SqlSpelling): Promise<void>;
}

/** Numbered from 1 in this order, which never changes. */
export const migrations: readonly Migration[] = [
  { name: "first-tables", up: createFirstTables },
  { name: "lifecycle", up: addLifecycle },
  { name: "shared-updates", up: addSharedUpdates },
];

async function createFirstTables(db: Kysely<StateSchema>, spelling: SqlSpelling): Promise<void> {
  const text = sql.raw(spelling.text);
  const integer = sql.raw(spelling.integer);
  const tableOptions = sql.raw(spelling.tableOptions);
  const reference = sql`${text} not null references conduit_deployments (id) on delete cascade`;
  const statements = [
    sql`create table conduit_store (id ${text} primary key, key_id ${text}) ${tableOptions}`,
    sql`create table conduit_deployments (
      id ${text} primary key,
      namespace ${text} not null,
      key ${text} not null,
      runtime ${text} not null,
      type ${text} not null,
      provider ${text} not null,
      scope ${text} not null,
      image_digest ${text},
      gpu ${text},
      gpu_count ${integer} not null,
      status ${text} not null,
      spec ${text} not null,
      replicas ${integer} not null,
      sealed_endpoint_key ${text} not null,
      keep ${integer} not null,
      idle_timeout_seconds ${integer} not null,
      max_lifetime_seconds ${integer},
      planned_price_micro_dollars_per_hour ${integer} not null,
      actual_price_micro_dollars_per_hour ${integer},
      created_at_ms ${integer} not null,
      updated_at_ms ${integer} not null,
      unique (namespace, key)
    ) ${tableOptions}`,
    sql`create table conduit_nodes (
      name ${text} primary key,
      deployment_id ${reference},
      status ${text} not null,
      external_id ${text},
      base_url ${text},
      port_map ${text},
      attempts ${integer} not null,
      actual_price_micro_dollars_per_hour ${integer},
      last_error ${text},
      created_at_ms ${integer} not null,
      updated_at_ms ${integer} not null
    ) ${tableOptions}`,
    sql`create index conduit_nodes_of_deployment on conduit_nodes (deployment_id)`,
    sql`create table conduit_attachments (
      id ${text} primary key,
      deployment_id ${reference},
      host ${text} not null,
      pid ${integer} not null,
      lease_expires_at_ms ${integer} not null
    ) ${tableOptions}`,
    sql`create index conduit_attachments_of_deployment on conduit_attachments (deployment_id)`,
    sql`create table conduit_leases (
      namespace ${text} primary key,
      holder ${text},
      fencing_token ${integer} not null,
      expires_at_ms ${integer} not null
    ) ${tableOptions}`,
    sql`create table conduit_tombstones (
      node_name ${text} primary key,
      provider ${text} not null,
      scope ${text} not null,
      reason ${text} not null,
      created_at_ms ${integer} not null
    ) ${tableOptions}`,
    sql`create table conduit_events (
      id ${sql.raw(spelling.numbered)},
      at_ms ${integer} not null,
      actor ${text} not null,
      action ${text} not null,
      deployment_id ${text},
      node_name ${text},
      outcome ${text} not null,
      detail ${text}
    ) ${tableOptions}`,
    sql`create index conduit_events_of_deployment on conduit_events (deployment_id, id)`,
    ...spelling.appendOnly("conduit_events").map((statement) => sql.raw(statement)),
    sql`create table conduit_commits (id ${text} primary key, at_ms ${integer} not null) ${tableOptions}`,
    sql`create index conduit_commits_by_age on conduit_commits (at_ms)`,
  ];
  for (const statement of statements) await statement.execute(db);
  await db.insertInto("conduit_store").values({ id: randomUUID(), key_id: null }).execute();
}

async function addLifecycle(db: Kysely<StateSchema>, spelling: SqlSpelling): Promise<void> {
  const add = addColumnTo(db);
  const { text, integer } = spelling;
  await add("conduit_deployments", "scaling", text);
  await add("conduit_deployments", "low_load_since_ms", integer);
  await add("conduit_deployments", "spent_micro_dollars", `${integer} not null default 0`);
  await add("conduit_deployments", "failures", `${integer} not null default 0`);
  await add("conduit_deployments", "last_error", text);
  await add("conduit_nodes", "creator_id", text);
  await add("conduit_nodes", "offering_id", text);
  await add("conduit_nodes", "planned_price_micro_dollars_per_hour", `${integer} not null default 0`);
  await add("conduit_nodes", "billed_since_ms", integer);
  await add("conduit_nodes", "missing_since_ms", integer);
  await add("conduit_attachments", "process", text);
  await add("conduit_attachments", "outstanding", `${integer} not null default 0`);
}

async function addSharedUpdates(db: Kysely<StateSchema>, { text, integer }: SqlSpelling): Promise<void> {
  const add = addColumnTo(db);
  await add("conduit_deployments", "secret_names", text);
  await add("conduit_deployments", "drain_timeout_seconds", integer);
  await add("conduit_attachments", "nodes_in_use", text);
}

function addColumnTo(db: Kysely<StateSchema>) {
  return (table: string, column: string, type: string) =>
    sql`alter table ${sql.table(table)} add column ${sql.ref(column)} ${sql.raw(type)}`.execute(db);
}
