/** Whose `ls` it is. */
export type Dialect = "gnu" | "busybox";
