/** How the world and the state can differ once everything has settled. */
export type FindingKind =
  /** Runs, and is not in the state as something that shall run. */
  | "leaked"
  /** More than was asked for, or one name twice. */
  | "doubled"
  /** In the state as something that is there, and is not. */
  | "lost"
  /** Costs more than was planned. */
  | "dearer"
  /** Something else than what was asked for. */
  | "unwanted"
  /** Never ended. */
  | "stuck";

export interface Finding {
  readonly kind: FindingKind;
  readonly what: string;
}
