import { NoOp, SchemaMismatchError } from "@conduit/blocks";
import { type Deployment, deploy, type UntilReadyOptions } from "@conduit/deployment";
import { openStateStore } from "@conduit/state";
import { type CallOptions, compileSchema, type OutputOf, type Schema } from "@conduit/types";
import type { LMLiteConnectOptions, LMLiteDeployOptions } from "./deploy-options.ts";
import { fixedEndpoint } from "./endpoint.ts";
import { findEngine } from "./find-engine.ts";
import { InferenceBlock, type InferenceBlockOptions } from "./inference-block.ts";
import { LmClient } from "./lm-client.ts";
import { probeHealth } from "./probe-health.ts";
import type { ChatRequest, GenerateRequest } from "./requests.ts";
import type { StreamEvent, TextResponse, ValueResponse } from "./responses.ts";
import { engineProcess, LM_LITE, LM_LITE_API_KEY } from "./runtime-profile.ts";
import { ServedModels } from "./served-models.ts";

/** How {@link LMLiteBlock.untilReady} waits and reports. */
export interface LMLiteUntilReadyOptions extends Omit<UntilReadyOptions, "onProgress"> {
  readonly onProgress?: ((message: string) => void) | undefined;
}

/**
 * Language models that answer, deployed by Conduit ({@link LMLiteBlock.deploy}) or by someone else ({@link LMLiteBlock.connect}).
 *
 * Requests wait until the deployment is ready. Disposing detaches this process; the engine ends with its last user.
 *
 * @example
 * ```ts
 * await using lm = await LMLiteBlock.deploy({
 *   models: [{ id: "Qwen/Qwen3-0.6B", maxModelLen: 4096 }],
 *   provider: new LocalProvider(),
 * });
 * const haiku = await lm.chat({
 *   model: "Qwen/Qwen3-0.6B",
 *   messages: [{ role: "user", content: "Write a haiku about GPUs." }],
 * });
 * ```
 */
export class LMLiteBlock implements AsyncDisposable {
  readonly #client: LmClient;
  readonly #deployment: Deployment | undefined;

  private constructor(client: LmClient, deployment?: Deployment) {
    this.#client = client;
    this.#deployment = deployment;
  }

  /**
   * Starts an engine that serves `models`, or attaches to the one that serves the same already.
   *
   * @throws EngineNotFoundError, InvalidModelConfigError, and what the provider fails with.
   */
  static async deploy(options: LMLiteDeployOptions): Promise<LMLiteBlock> {
    const { provider, models, onProgress, signal, store = await openStateStore(), ...rest } = options;
    const served = new ServedModels(models);
    const deployment = await deploy(
      {
        ...rest,
        provider,
        store,
        runtime: LM_LITE.runtime,
        endpointKeyVariable: LM_LITE_API_KEY,
        probe: probeHealth,
        workload: {
          image: LM_LITE.image,
          ports: LM_LITE.ports,
          healthPath: "/health",
          env: LM_LITE.env(served.configs),
          secretEnv: {},
          ...(provider.capabilities.deploymentType === "PROCESS" && { process: engineProcess(findEngine()) }),
        },
      },
      { signal, onProgress: onProgress && (({ message }) => onProgress(message)) },
    );
    return new LMLiteBlock(new LmClient(deployment, (model) => served.engineId(model)), deployment);
  }

  /**
   * Uses an OpenAI-compatible endpoint that Conduit did not deploy. No request is made yet.
   *
   * @throws InvalidBaseUrlError.
   */
  static connect({ baseUrl, apiKey }: LMLiteConnectOptions): LMLiteBlock {
    return new LMLiteBlock(new LmClient(fixedEndpoint(baseUrl, apiKey), (model) => model));
  }

  /** Whether all nodes were ready when last seen; always so for an endpoint that Conduit did not deploy. */
  get ready(): boolean {
    return this.#deployment?.ready ?? true;
  }

  /** Waits until all nodes are ready. Rejects when one fails, with the end of its log. */
  async untilReady({ onProgress, ...options }: LMLiteUntilReadyOptions = {}): Promise<void> {
    await this.#deployment?.untilReady({
      ...options,
      onProgress: onProgress && (({ message }) => onProgress(message)),
    });
  }

  /** The text that a model answers. */
  async chat(request: ChatRequest): Promise<string> {
    return (await this.#client.respondText(request)).text;
  }

  /**
   * The value that a model answers, of the type of `output`.
   *
   * @throws OutputTruncatedError when the token limit cut the answer off, MdlParseError when it is not of the type.
   */
  async generate<O extends Schema, I extends Schema = Schema>(
    request: GenerateRequest<O, I>,
  ): Promise<OutputOf<O>> {
    return (await this.respond(request)).value;
  }

  /** Everything about an answer: text for `messages`, a value for `output`. */
  respond(request: ChatRequest): Promise<TextResponse>;
  respond<O extends Schema, I extends Schema = Schema>(
    request: GenerateRequest<O, I>,
  ): Promise<ValueResponse<O>>;
  async respond(
    request: ChatRequest | GenerateRequest<Schema>,
  ): Promise<TextResponse | ValueResponse<Schema>> {
    if ("messages" in request) return this.#client.respondText(request);
    await checkData(request);
    return this.#client.respondValue(request);
  }

  /** The events of an answer in text, as the model writes it. Leaving the loop cancels the request. */
  stream(request: ChatRequest): AsyncIterable<StreamEvent> {
    return this.#client.stream(request);
  }

  /** A block that lets a model turn `input` into `output`. */
  block<I extends Schema, O extends Schema>(options: InferenceBlockOptions<I, O>): InferenceBlock<I, O> {
    return new InferenceBlock(this.#client, options);
  }

  /** Ends the engine, whoever else uses it. Does nothing for an endpoint that Conduit did not deploy. */
  async delete(options?: CallOptions): Promise<void> {
    await this.#deployment?.delete(options);
  }

  /** Detaches this process; the engine ends with its last user. */
  async dispose(): Promise<void> {
    await this.#deployment?.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

async function checkData({ input, data }: GenerateRequest<Schema>): Promise<void> {
  if (input === undefined || (input === NoOp && data === undefined)) return;
  const check = await compileSchema(input).check(data);
  if (check.valid) return;
  throw new SchemaMismatchError({ block: "generate", side: "input", issues: check.issues, value: data });
}
