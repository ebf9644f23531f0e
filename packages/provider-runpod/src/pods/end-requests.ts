/** Variable that tells a program how to end the machine that it runs on. */
export const END_REQUESTS_VARIABLE = "CONDUIT_END_REQUESTS";

/** An HTTP request. `${NAME}` in it stands for the environment variable of that name, as the program finds it. */
interface EndRequest {
  readonly method: "DELETE" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const POD_ID = "$" + "{RUNPOD_POD_ID}";
const POD_KEY = "$" + "{RUNPOD_API_KEY}";

/**
 * How a pod ends itself, as JSON: requests to send one after the other, with a pause after each, again and again until the program is killed. It must
 * not just exit, for RunPod starts a container anew that has ended, and bills it. RunPod puts the pod's id and a key that is good for this pod
 * into its environment.
 *
 * That this key may end the pod is documented for `runpodctl remove pod` in it, which asks GraphQL; whether REST v2 takes it is not. So v2 is asked
 * first, then GraphQL, and v2 at last to stop the pod, after which only its volume costs something.
 */
export function endRequests(apiUrl: string): string {
  const headers = { authorization: `Bearer ${POD_KEY}`, "content-type": "application/json" };
  const pod = `${apiUrl}/v2/pods/${POD_ID}`;
  const mutation = `mutation { podTerminate(input: { podId: "${POD_ID}" }) }`;
  const requests: readonly EndRequest[] = [
    { method: "DELETE", url: pod, headers },
    { method: "POST", url: `${apiUrl}/graphql`, headers, body: JSON.stringify({ query: mutation }) },
    { method: "POST", url: `${pod}/action`, headers, body: JSON.stringify({ action: "stop" }) },
  ];
  return JSON.stringify(requests);
}
