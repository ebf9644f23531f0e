import { EPOCH_MS } from "../../stand-in/stand-in-provider.ts";

/** The machine's time as the clock of a case, the same in all its processes. */
export const realTime = { nowMs: () => Date.now() - EPOCH_MS };
