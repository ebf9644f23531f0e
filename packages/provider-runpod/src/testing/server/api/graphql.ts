/** What is asked of GraphQL, which v2 has no word for: whose a key is, and in the old way to end a pod. */
export type GraphqlQuestion =
  | { readonly kind: "myself"; readonly fields: readonly string[] }
  | { readonly kind: "podTerminate"; readonly podId: string };

const MYSELF = /^(?:query(?: \w+)? ?)?\{ ?myself ?\{ ?([\w ]+?) ?\} ?\}$/;
const POD_TERMINATE =
  /^mutation(?: \w+)? ?\{ ?podTerminate ?\( ?input ?: ?\{ ?podId ?: ?"(\w+)" ?\} ?\) ?\}$/;

/** `undefined` for anything else that RunPod's GraphQL knows, or does not. */
export function parseGraphql(text: string): GraphqlQuestion | undefined {
  const query = queryIn(text).replace(/\s+/g, " ").trim();
  const fields = MYSELF.exec(query)?.[1]?.split(" ");
  if (fields?.every((field) => field === "id" || field === "email") === true)
    return { kind: "myself", fields };
  const podId = POD_TERMINATE.exec(query)?.[1];
  return podId === undefined ? undefined : { kind: "podTerminate", podId };
}

export function myselfOf(account: string, fields: readonly string[]): object {
  const all = { id: account, email: `${account}@example.com` };
  const wanted = Object.entries(all).filter(([name]) => fields.includes(name));
  return { data: { myself: Object.fromEntries(wanted) } };
}

function queryIn(text: string): string {
  try {
    const { query }: { query?: unknown } = JSON.parse(text);
    return String(query);
  } catch {
    return "";
  }
}
