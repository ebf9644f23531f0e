import { Problem } from "./problem.ts";

/** What GraphQL knows of an account that v2 has no word for. */
const FIELDS = ["id", "email"] as const;

/** Answers the one query that v2 has nothing for: whose key it is. Throws for any other. */
export function answerGraphql(text: string, account: string): object {
  const query = queryIn(text).replace(/\s+/g, " ").trim();
  const wanted =
    /^(?:query(?: \w+)? ?)?\{ ?myself ?\{ ?([\w ]+?) ?\} ?\}$/.exec(query)?.[1]?.split(" ") ?? [];
  if (wanted.length === 0) throw new Problem(400, "expected a query such as { myself { id } }");
  const values = { id: account, email: `${account}@example.com` };
  const myself = wanted.map((name) => {
    const field = FIELDS.find((each) => each === name);
    if (field === undefined) throw new Problem(400, `Cannot query field "${name}" on type "User".`);
    return [field, values[field]];
  });
  return { data: { myself: Object.fromEntries(myself) } };
}

function queryIn(text: string): string {
  try {
    const { query }: { query?: unknown } = JSON.parse(text);
    return String(query);
  } catch {
    throw new Problem(400, "expected JSON with a query");
  }
}
