import type { LeaseRow } from "@conduit/types";
import type { Kysely } from "kysely";
import { leaseRow } from "./rows.ts";
import type { StateSchema } from "./schema.ts";

export async function getLease(db: Kysely<StateSchema>, namespace: string): Promise<LeaseRow | undefined> {
  const columns = await db
    .selectFrom("conduit_leases")
    .selectAll()
    .where("namespace", "=", namespace)
    .executeTakeFirst();
  return columns && leaseRow(columns);
}

/** Takes a lease that is free, has run out, or is the holder's own; the next fencing token comes with it. */
export async function acquireLease(
  db: Kysely<StateSchema>,
  { namespace, holder, expiresAtMs }: Omit<LeaseRow, "fencingToken">,
  nowMs: number,
): Promise<LeaseRow | undefined> {
  const columns = await db
    .insertInto("conduit_leases")
    .values({ namespace, holder, fencing_token: 1, expires_at_ms: expiresAtMs })
    .onConflict((conflict) =>
      conflict
        .column("namespace")
        .doUpdateSet((each) => ({
          holder,
          fencing_token: each("conduit_leases.fencing_token", "+", 1),
          expires_at_ms: expiresAtMs,
        }))
        .where((each) =>
          each.or([
            each("conduit_leases.holder", "is", null),
            each("conduit_leases.holder", "=", holder),
            each("conduit_leases.expires_at_ms", "<=", nowMs),
          ]),
        ),
    )
    .returningAll()
    .executeTakeFirst();
  return columns && leaseRow(columns);
}

/** `undefined` where another has taken the lease, or it was given back. */
export async function renewLease(
  db: Kysely<StateSchema>,
  { namespace, fencingToken, expiresAtMs }: Omit<LeaseRow, "holder">,
): Promise<LeaseRow | undefined> {
  const columns = await db
    .updateTable("conduit_leases")
    .set({ expires_at_ms: expiresAtMs })
    .where("namespace", "=", namespace)
    .where("fencing_token", "=", fencingToken)
    .where("holder", "is not", null)
    .returningAll()
    .executeTakeFirst();
  return columns && leaseRow(columns);
}

export async function releaseLease(
  db: Kysely<StateSchema>,
  { namespace, fencingToken }: Pick<LeaseRow, "namespace" | "fencingToken">,
): Promise<void> {
  await db
    .updateTable("conduit_leases")
    .set({ holder: null })
    .where("namespace", "=", namespace)
    .where("fencing_token", "=", fencingToken)
    .execute();
}
