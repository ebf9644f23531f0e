// Everything that can be done with deployments, done well and badly. Notes what others might get to see of it; stops at each line
// "look" until a line comes on standard input, and at the last one for good.
//
//   life.ts <settings as JSON>
//
// USER_TOKEN  a secret of the user, which nodes get too
import { once } from "node:events";
import { type Deployment, type DeployRequest, deploy, gc, reconcile } from "@conduit/deployment";
import { LocalProvider } from "@conduit/provider-local";
import { openStateStore } from "@conduit/state";
import { Type } from "typebox";
import { LMLiteBlock } from "../../lm-lite-block.ts";
import { probeHealth } from "../../probe-health.ts";
import { engineProcess, LM_LITE, LM_LITE_API_KEY } from "../../runtime-profile.ts";
import { parseLifeSettings } from "./life-settings.ts";
import { Notes } from "./notes.ts";

const {
  phase,
  notes: notesFolder,
  executable,
  model,
  directory,
  dockerHost,
} = parseLifeSettings(process.argv[2] ?? "");
const { USER_TOKEN: token = "", CONDUIT_SECRET: secret = "" } = process.env;
const notes = new Notes(notesFolder);
const store = await openStateStore();
const provider =
  dockerHost === undefined
    ? new LocalProvider({ directory })
    : new LocalProvider({
        mode: "docker",
        terminationGraceSeconds: 5,
        docker: { host: dockerHost, huggingFaceCache: false, mounts: [{ source: model }] },
      });
const models = [{ id: model, maxModelLen: 256, maxModelConcurrency: 2 }];
const question = { model, messages: [{ role: "user", content: "Hello" }], maxTokens: 4 } as const;

/** A deployment with a secret of the user's own. */
function requestOf(namespace: string, servedModel = model): DeployRequest {
  return {
    provider,
    store,
    namespace,
    runtime: LM_LITE.runtime,
    endpointKeyVariable: LM_LITE_API_KEY,
    probe: probeHealth,
    workload: {
      image: LM_LITE.image,
      process: engineProcess(executable),
      env: { MODELS: JSON.stringify([{ id: servedModel }]), RUST_LOG: "trace" },
      secretEnv: { USER_TOKEN: token },
      readsSecretFiles: true,
      ports: LM_LITE.ports,
      healthPath: "/health",
    },
  };
}

async function look(): Promise<void> {
  console.log("look");
  await once(process.stdin, "data");
}

async function use(lm: LMLiteBlock, own: Deployment): Promise<void> {
  notes.add("answers", await lm.respond(question));
  using lease = await own.acquire();
  const { baseUrl, key } = lease.endpoint;
  for (const path of ["/health", "/metrics", "/v1/models", "/none"]) {
    for (const authorization of [undefined, `Bearer ${key}`, "Bearer wrong"]) {
      const headers = new Headers();
      if (authorization !== undefined) headers.set("authorization", authorization);
      const answer = await fetch(`${baseUrl}${path}`, { headers });
      notes.add("answers", [path, answer.status, [...answer.headers], await answer.text()]);
    }
  }
  notes.add("answers", await LMLiteBlock.connect({ baseUrl, apiKey: key }).chat(question));
  const [part = ""] = token.match(/\w+/) ?? [];
  for (const apiKey of [part, token]) {
    await notes.failure("a wrong key", () => LMLiteBlock.connect({ baseUrl, apiKey }).chat(question));
  }
  const nobody = LMLiteBlock.connect({ baseUrl: "http://127.0.0.1:9", apiKey: key });
  await notes.failure("an endpoint that is not there", () => nobody.chat(question));
  const refusing = LMLiteBlock.connect({ baseUrl: `${baseUrl}/none`, apiKey: key });
  await notes.failure("an endpoint that has no such path", () => refusing.chat(question));
}

async function useWrongly(lm: LMLiteBlock): Promise<void> {
  await notes.failure("a model that is not served", () => lm.chat({ ...question, model: "none" }));
  await notes.failure("too few tokens", () =>
    lm.generate({ model, output: Type.Object({ text: Type.String() }), guidance: "Write.", maxTokens: 1 }),
  );
  await notes.failure("a password in a base URL", () =>
    LMLiteBlock.connect({ baseUrl: `http://user:${encodeURIComponent(token)}@127.0.0.1` }),
  );
  const { workload, ...request } = requestOf("invalid");
  const env = { ...workload.env, [LM_LITE_API_KEY]: token };
  await notes.failure("a key of the user's own", () =>
    deploy({ ...request, workload: { ...workload, env } }),
  );
  for (const secretEnv of [{ USER_TOKEN: `${token}\0` }, { "": token }]) {
    await notes.failure("what no variable can be", () =>
      deploy({ ...request, workload: { ...workload, secretEnv } }),
    );
  }
  const password = encodeURIComponent(token);
  await notes.failure("a database that is not there", () =>
    openStateStore({
      uri: `postgresql://user:${password}@127.0.0.1:9/none`,
      secret: token,
      reconnectTimeoutMs: 0,
    }),
  );
  await notes.failure("the URI of no database", () => openStateStore({ uri: `redis://:${password}@host` }));
  if (secret !== "") {
    await notes.failure("another secret", () => openStateStore({ secret: `not ${secret}` }));
  }
}

async function failToDeploy(): Promise<void> {
  const { workload, ...request } = requestOf("none");
  const process = engineProcess("/none/lm-lite");
  // Nobody listens there, so that nothing is looked up in the network.
  const image = "127.0.0.1:9/none:1";
  await notes.failure("a program that is not there", () =>
    deploy({ ...request, workload: { ...workload, process, image } }),
  );
  const broken = await deploy(requestOf("broken", "/none"));
  await notes.failure("too little time", () => broken.untilReady({ timeoutSeconds: 0.001 }));
  await notes.failure("a model that is not there", () => broken.untilReady());
  await noteLogs(broken);
  await broken.delete();
  await notes.failure("use after the end", () => broken.acquire());
}

async function change(lm: LMLiteBlock): Promise<void> {
  await lm.scale(2);
  await lm.scale(1);
  await notes.failure("an update to what is not there", () => lm.update([{ id: "/none" }]));
  await lm.update(models.map((each) => ({ ...each, maxModelLen: 128 })));
  await lm.stop();
  notes.add("reports", await lm.health());
  await lm.restart();
  await lm.untilReady();
  notes.add("reports", await lm.cost());
}

async function noteLogs(deployed: Pick<LMLiteBlock | Deployment, "logs">): Promise<void> {
  for await (const { line } of deployed.logs()) notes.add("logs", line);
}

async function live(): Promise<void> {
  const lm = await LMLiteBlock.deploy({ models, provider, store, onProgress: console.log });
  await lm.untilReady({ onProgress: console.log });
  const own = await deploy(requestOf("own"), { onProgress: console.log });
  await own.untilReady({ onProgress: console.log });
  notes.add("objects", [lm, own, store, provider]);
  await use(lm, own);
  await useWrongly(lm);
  await failToDeploy();
  // The engines are killed at this look.
  await look();
  notes.add("answers", await lm.respond(question));
  await own.untilReady();
  await change(lm);
  for (const each of [lm, own]) await noteLogs(each);
  notes.add("reports", await own.health());
  await lm.delete();
  await look();
}

async function cleanUp(): Promise<void> {
  const request = { store, providers: [provider], namespace: "own" };
  notes.add("reports", await gc({ ...request, dryRun: true }));
  notes.add("reports", await reconcile(request));
  notes.add("reports", await gc(request));
  notes.add("events", await store.transaction((transaction) => transaction.listEvents()));
  await store.close();
}

await (phase === "live" ? live() : cleanUp());
