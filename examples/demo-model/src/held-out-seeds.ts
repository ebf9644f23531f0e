/** The generator refuses these seeds, so that no training ever sees what the model is judged by. */
export const HELD_OUT_SEEDS = { first: 500, last: 999 };
