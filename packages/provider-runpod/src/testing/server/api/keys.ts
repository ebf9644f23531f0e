import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultPlan } from "../faults/fault-plan.ts";
import { readIfPresent } from "../world/files.ts";
import type { PodFolders } from "../world/pod-folders.ts";
import { THE_ACCOUNT } from "../world/pod-record.ts";
import { Problem } from "./problem.ts";

/** The key that a stand-in knows unless it is told others. */
export const STAND_IN_KEY = "rpa_stand_in";

const ANOTHER_ACCOUNT = "user_another_account";

/** Accounts by their keys. */
export type ApiKeys = Readonly<Record<string, string>>;

/**
 * What the key that a pod is given opens: its pod, its pod by GraphQL only, its pod's actions only, or nothing. RunPod's documentation says that `runpodctl`, which speaks
 * GraphQL, ends the pod with it, and nothing of v2.
 */
export type PodKeyScope = "own-pod" | "graphql" | "actions" | "nothing";

/** What the key of a pod may be used for. */
const OF_OWN_POD = ["getPod", "podAction", "deletePod", "getPodLogs"];
export const GRAPHQL_TERMINATE = "podTerminate";

/** Who makes a request. */
export interface Caller {
  readonly account: string;
  /** Where the key is that of a pod. */
  readonly podId?: string | undefined;
}

export class Keys {
  readonly #keys: ReadonlyMap<string, string>;
  readonly #podKeyScope: PodKeyScope;
  readonly #pods: PodFolders;
  readonly #faults: FaultPlan;
  /** Says whether the keys belong to another account now. */
  readonly #changed: string;

  constructor(options: {
    readonly directory: string;
    readonly keys: ApiKeys | undefined;
    readonly podKeyScope: PodKeyScope | undefined;
    readonly pods: PodFolders;
    readonly faults: FaultPlan;
  }) {
    this.#keys = new Map(Object.entries(options.keys ?? { [STAND_IN_KEY]: THE_ACCOUNT }));
    this.#podKeyScope = options.podKeyScope ?? "own-pod";
    this.#pods = options.pods;
    this.#faults = options.faults;
    this.#changed = join(options.directory, "account-changed");
  }

  /** Throws where the key is refused. */
  callerOf(authorization: string | undefined): Caller {
    const key = keyIn(authorization);
    if (key === undefined) throw new Problem(401, "missing bearer token");
    const caller = this.#ownerOf(key);
    const refusal = this.#faults.next("unauthorized");
    if (refusal?.status === 403) throw new Problem(403, "access denied");
    if (refusal !== undefined || caller === undefined) throw new Problem(401, "invalid bearer token");
    return caller;
  }

  /** Answers whose a key is, which is when keys change their account. */
  accountOf(authorization: string | undefined): string | undefined {
    writeFileSync(this.#changed, String(this.#faults.next("account-changed") !== undefined));
    return this.#ownerOf(keyIn(authorization) ?? "")?.account;
  }

  /** Throws where the caller's key does not go as far. */
  requireAccess({ podId }: Caller, operation: string, path: Readonly<Record<string, string>>): void {
    if (podId === undefined) return;
    const allowed: readonly string[] = {
      "own-pod": [...OF_OWN_POD, GRAPHQL_TERMINATE],
      graphql: [GRAPHQL_TERMINATE],
      actions: ["podAction"],
      nothing: [],
    }[this.#podKeyScope];
    if (path.id !== podId || !allowed.includes(operation)) throw new Problem(403, "access denied");
  }

  #ownerOf(key: string): Caller | undefined {
    const account = this.#keys.get(key);
    if (account !== undefined) {
      return { account: readIfPresent(this.#changed) === "true" ? ANOTHER_ACCOUNT : account };
    }
    const podId = /^rpa_pod_([a-z0-9]+)_/.exec(key)?.[1];
    const history = podId === undefined ? undefined : this.#pods.get(podId);
    return history?.record.podKey === key ? { account: history.record.account, podId } : undefined;
  }
}

function keyIn(authorization = ""): string | undefined {
  return /^Bearer (\S+)$/.exec(authorization)?.[1];
}
