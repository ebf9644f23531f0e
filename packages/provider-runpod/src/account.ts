import { type CallOptions, compileSchema } from "@conduit/types";
import { Type } from "typebox";
import type { RunpodApi } from "./api/runpod-api.ts";
import { RunpodAccountUnknownError } from "./errors/runpod-account-unknown-error.ts";
import { RunpodRefusedError } from "./errors/runpod-refused-error.ts";

const Answer = Type.Object({
  data: Type.Optional(Type.Unknown()),
  errors: Type.Optional(Type.Array(Type.Object({ message: Type.String() }))),
});

const Account = Type.Object({ myself: Type.Object({ id: Type.String({ minLength: 1 }) }) });

/** RunPod's id of the account that a key belongs to. Its REST API does not tell; its older GraphQL API does. */
export async function readAccountId(api: RunpodApi, options: CallOptions): Promise<string> {
  const { data, errors = [] } = await askForAccount(api, options);
  const checked = await compileSchema(Account).check(data);
  if (checked.valid) return checked.value.myself.id;
  throw new RunpodAccountUnknownError(
    errors.length === 0
      ? "its answer has no id"
      : `it says "${errors.map(({ message }) => message).join("; ")}"`,
  );
}

async function askForAccount(api: RunpodApi, options: CallOptions) {
  try {
    return await api.ask(
      {
        kind: "read",
        what: "tell whose key this is",
        method: "POST",
        path: "/graphql",
        body: { query: "query { myself { id } }" },
      },
      Answer,
      options,
    );
  } catch (error) {
    if (!RunpodRefusedError.isInstance(error) || error.status === 401) throw error;
    throw new RunpodAccountUnknownError(`it answered ${error.status}: ${error.reason}`, { cause: error });
  }
}
