import type { Parsed, Repair } from "@conduit/mdl";

/** Whether the value of an answer that the token limit ended had come to its own end before. */
export function isWhole({ written, repairs }: Pick<Parsed, "written" | "repairs">): boolean {
  if (typeof written === "object" && written !== null) return !repairs.some(mayGoOn);
  // What is not in brackets ends with its quotes or its last letter, a number only with what follows it.
  return repairs.length === 0 && typeof written !== "number";
}

/** Brackets that were never written may have been about to hold more, as the list that one value was taken for. */
function mayGoOn({ kind, path }: Repair): boolean {
  return kind === "brackets" || (kind === "list" && path === "");
}
