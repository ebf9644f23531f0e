import { randomBytes } from "node:crypto";
import type { ResourceFolder } from "../world/resource-folder.ts";
import type { Handlers } from "./call.ts";
import type { Pods } from "./pods.ts";
import { notFound, Problem } from "./problem.ts";
import type { StoredRegistry, StoredVolume } from "./resources.ts";

type ResourceOperation =
  | "getSshKeys"
  | "listNetworkVolumes"
  | "createNetworkVolume"
  | "getNetworkVolume"
  | "deleteNetworkVolume"
  | "listRegistries"
  | "createRegistry"
  | "getRegistry"
  | "deleteRegistry";

export function resourceHandlers(
  pods: Pods,
  volumes: ResourceFolder<StoredVolume>,
  registries: ResourceFolder<StoredRegistry>,
): Handlers<ResourceOperation> {
  const findVolume = (id = "", account = "") => found(volumes.get(id, account), "network volume");
  const findRegistry = (id = "", account = "") => found(registries.get(id, account), "registry");
  return {
    getSshKeys: async () => ({ status: 200, body: { keys: [] } }),

    async listNetworkVolumes({ account }) {
      return { status: 200, body: { networkVolumes: volumes.all(account).map(withoutAccount) } };
    },

    async createNetworkVolume({ text, account }) {
      const { name, size, dataCenter, type = "STANDARD" }: StoredVolume = JSON.parse(text);
      const volume = { id: newId(), account, name, size, dataCenter, type };
      volumes.put(volume);
      return { status: 201, body: withoutAccount(volume) };
    },

    async getNetworkVolume({ path, account }) {
      return { status: 200, body: withoutAccount(findVolume(path.id, account)) };
    },

    async deleteNetworkVolume({ path, account }) {
      volumes.remove(findVolume(path.id, account).id);
      return { status: 204 };
    },

    async listRegistries({ account }) {
      return { status: 200, body: { registries: registries.all(account).map(withoutAccount) } };
    },

    async createRegistry({ text, account }) {
      const { name }: StoredRegistry = JSON.parse(text);
      const registry = { id: newId(), account, name };
      registries.put(registry);
      return { status: 201, body: withoutAccount(registry) };
    },

    async getRegistry({ path, account }) {
      return { status: 200, body: withoutAccount(findRegistry(path.id, account)) };
    },

    async deleteRegistry({ path, account }) {
      const { id } = findRegistry(path.id, account);
      const users = (await pods.list(account)).filter(
        ({ history }) => history.record.request.registry === id,
      );
      if (users.length > 0) throw new Problem(400, "registry is in use by a pod");
      registries.remove(id);
      return { status: 204 };
    },
  };
}

function found<Resource>(resource: Resource | undefined, what: string): Resource {
  if (resource === undefined) throw notFound(what);
  return resource;
}

function withoutAccount<Resource extends { readonly account: string }>({
  account: _,
  ...shown
}: Resource): Omit<Resource, "account"> {
  return shown;
}

function newId(): string {
  return randomBytes(5).toString("hex");
}
