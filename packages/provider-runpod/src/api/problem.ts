import { compileSchema } from "@conduit/types";
import { Type } from "typebox";

/** Why RunPod refuses a request, from an answer as of RFC 9457. */
export interface Problem {
  readonly status: number;
  readonly reason: string;
  readonly violations: readonly string[];
  /** Whether RunPod says so itself, and not something between here and there. */
  readonly isDocument: boolean;
}

const ProblemBody = Type.Object({
  detail: Type.String(),
  errors: Type.Optional(Type.Array(Type.String())),
});

/** Longest text of an answer that is no problem document, such as the page of a proxy. */
const MOST_CHARACTERS = 200;

export async function readProblem(status: number, text: string): Promise<Problem> {
  const checked = await compileSchema(ProblemBody).check(parseOrUndefined(text));
  if (checked.valid) {
    const { detail: reason, errors: violations = [] } = checked.value;
    return { status, reason, violations, isDocument: true };
  }
  const words = text
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  const reason = words.slice(0, MOST_CHARACTERS) || "without a reason";
  return { status, reason, violations: [], isDocument: false };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
