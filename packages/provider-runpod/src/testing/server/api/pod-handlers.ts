import { actionsOf, type PodAction } from "../world/pod-status.ts";
import type { Answer, Handlers } from "./call.ts";
import { createPod, type PodSurroundings } from "./create-pod.ts";
import { streamLogs } from "./pod-logs.ts";
import type { Pods } from "./pods.ts";
import { notFound, Problem } from "./problem.ts";

type PodOperation = "listPods" | "createPod" | "getPod" | "deletePod" | "podAction" | "getPodLogs";

export function podHandlers(surroundings: PodSurroundings): Handlers<PodOperation> {
  const { pods } = surroundings;
  return {
    createPod: (call) => createPod(surroundings, call),

    async listPods({ account }) {
      const found = await pods.list(account);
      const isIncomplete = pods.faults.next("list-incomplete") !== undefined;
      const shown = isIncomplete ? found.slice(0, Math.floor(found.length / 2)) : found;
      return { status: 200, body: { pods: shown.map((found) => pods.view(found)) } };
    },

    async getPod({ path: { id = "" }, account }) {
      return { status: 200, body: pods.view(await pods.find(id, account)) };
    },

    deletePod: ({ path: { id = "" }, account }) => terminate(pods, id, account),

    async podAction({ path: { id = "" }, account, text }) {
      const { action }: { action: PodAction } = JSON.parse(text);
      return action === "terminate"
        ? await terminate(pods, id, account)
        : await changePower(pods, id, account, action);
    },

    async getPodLogs(call) {
      const { history } = await pods.find(call.path.id ?? "", call.account);
      return { status: 200, stream: streamLogs(pods, history, call) };
    },
  };
}

async function terminate(pods: Pods, id: string, account: string): Promise<Answer> {
  const { status } = await pods.find(id, account);
  if (status === "TERMINATED") throw notFound("pod");
  if (pods.faults.next("terminate-not-found") !== undefined) throw notFound("pod");
  if (pods.faults.next("terminate-ignored") === undefined) {
    const lingersMs = pods.faults.next("terminated-lingers")?.forMs ?? 0;
    pods.folders.terminate(id, { atMs: pods.clock.nowMs(), lingersMs });
    await pods.tend(id);
  }
  return { status: 204 };
}

async function changePower(
  pods: Pods,
  id: string,
  account: string,
  action: Exclude<PodAction, "terminate">,
): Promise<Answer> {
  const { status } = await pods.find(id, account);
  if (!actionsOf[status].includes(action)) {
    throw new Problem(409, `action ${action} is not valid for a pod that is ${status}`);
  }
  const gone = action === "start" ? pods.faults.next("gpu-gone") : undefined;
  if (gone?.start === "refused") {
    throw new Problem(400, "There are not enough free GPUs on the host machine to start this pod.");
  }
  pods.folders.changePower(id, {
    atMs: pods.clock.nowMs(),
    to: action === "stop" ? "stopped" : "running",
    withoutGpu: gone && true,
  });
  await pods.tend(id);
  return { status: 200, body: pods.viewOf(id) };
}
