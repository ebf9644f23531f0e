/** What `controller.ts` deploys. */
export interface AbandonedTask {
  /** Of the provider, and of the database. */
  readonly directory: string;
  /** The engine. */
  readonly executable: string;
  readonly provider: "process" | "stand-in";
  readonly replicas: number;
  readonly idleTimeoutSeconds?: number | undefined;
  readonly maxLifetimeSeconds?: number | undefined;
  readonly keep?: boolean | undefined;
}
