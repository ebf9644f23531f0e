/**
 * Which node gets the next request: the one with the fewest under way, of equal ones the one whose last request lies
 * furthest back; or one after the other, whatever they have to do.
 */
export type RoutingPolicy = "least-outstanding" | "round-robin";

/** What a node is chosen by. */
export interface Candidate {
  readonly isAvoided: boolean;
  readonly outstanding: number;
  /** Grows with each request that any node gets; 0 before the node's first. */
  readonly lastTurn: number;
}

/** Whether the policy prefers a candidate to another. */
export function isPreferred(policy: RoutingPolicy, one: Candidate, other: Candidate): boolean {
  if (one.isAvoided !== other.isAvoided) return other.isAvoided;
  if (policy === "least-outstanding" && one.outstanding !== other.outstanding) {
    return one.outstanding < other.outstanding;
  }
  return one.lastTurn < other.lastTurn;
}
