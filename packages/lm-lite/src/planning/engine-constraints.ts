import type { OfferingConstraints } from "@conduit/compute-offerings";

/** What holds for every machine, since an engine uses one device: it neither divides a model nor spreads several. */
export const ENGINE_CONSTRAINTS: OfferingConstraints = { singleDevice: true };
