/** Points, one after another, that a case may lack before there are no more: faults make a case longer or shorter. */
const LACKING_POINTS = 2;

/** Which points of an operation. */
export interface Which {
  /** Number of the first, from 1 on. Default 1. */
  readonly first: number;
  /** Distance from one to the next. Default 1. */
  readonly step: number;
}

/** Counts for as long as there is a point of that number; the last that there is. */
export async function upTo(
  isThere: (at: number) => Promise<boolean>,
  { first = 1, step = 1 }: Partial<Which> = {},
): Promise<number> {
  let last = 0;
  for (let at = first; at - last <= LACKING_POINTS * step; at += step) if (await isThere(at)) last = at;
  return last;
}
