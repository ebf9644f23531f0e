import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { ofetch } from "ofetch";
import type { CallOptions } from "@conduit/types";

const Health = Type.Object({
  ready: Type.Boolean(),
  models: Type.Array(
    Type.Object({ id: Type.String(), state: Type.String(), error: Type.Optional(Type.String()) }),
  ),
});

const validator = Compile(Health);

/** The answer of an engine's `GET /health`. */
export type Health = Static<typeof Health>;

/** Asks an engine how it is; rejects where it does not answer as an engine does. */
export async function fetchHealth(baseUrl: string, { signal }: CallOptions = {}): Promise<Health> {
  const answer: unknown = await ofetch(`${baseUrl}/health`, {
    retry: false,
    ignoreResponseError: true,
    timeout: 5_000,
    ...(signal && { signal }),
  });
  if (!validator.Check(answer)) throw new TypeError(`${baseUrl}/health did not answer as lm-lite does.`);
  return answer;
}
