/** Where something can happen to whoever acts: before and after each of its effects. */
export interface Points {
  /** A point of that name is reached. Where the one who acts is killed there, this never returns. */
  reach(name: string): Promise<void>;
  /** Does what has an effect, or asks something. Whoever is dead by then never hears of it. */
  call<T>(work: () => Promise<T>): Promise<T>;
  /** The same for a transaction, which {@link beforeCommit} may hold. */
  callTransaction<T>(work: () => Promise<T>): Promise<T>;
  /** What a transaction waits for before it is committed; throws in the name of one who was killed. */
  beforeCommit(): Promise<void>;
}

/** A whole effect: the point before, what it does, the point after. */
export async function effect<T>(points: Points, name: string, work: () => Promise<T>): Promise<T> {
  await points.reach(`before ${name}`);
  const result = await points.call(work);
  await points.reach(`after ${name}`);
  return result;
}
