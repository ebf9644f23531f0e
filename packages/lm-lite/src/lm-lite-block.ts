import type {
  Deployment,
  DeploymentCost,
  DeploymentHealth,
  NodeLogLine,
  UntilReadyOptions,
} from "@conduit/deployment";
import type { CallOptions, LmLiteModelConfigInput, LogOptions, OutputOf, Schema } from "@conduit/types";
import type { LMLiteConnectOptions, LMLiteDeployOptions } from "./deploy-options.ts";
import { DeployedModels } from "./deployed-models.ts";
import { fixedEndpoint } from "./endpoint.ts";
import { InferenceBlock, type InferenceBlockOptions } from "./inference-block.ts";
import { LmClient, lastResponse } from "./lm-client.ts";
import type { ChatRequest, GenerateRequest } from "./requests.ts";
import type { ObjectStreamEvent, StreamEvent, TextResponse, ValueResponse } from "./responses.ts";
import { ENGINE_MAX_SILENCE_MS } from "./runtime-profile.ts";
import { checkData } from "./value/check-data.ts";

/** How {@link LMLiteBlock.untilReady} waits and reports. */
export interface LMLiteUntilReadyOptions extends Omit<UntilReadyOptions, "onProgress"> {
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** How {@link LMLiteBlock.stop} reports. */
export interface LMLiteStopOptions extends CallOptions {
  readonly onProgress?: ((message: string) => void) | undefined;
}

/**
 * Language models that answer, deployed by Conduit ({@link LMLiteBlock.deploy}) or by someone else ({@link LMLiteBlock.connect}).
 *
 * Requests wait until the deployment is ready. Disposing detaches this process; an engine that is a process of this machine ends with its last
 * user, others after `idleTimeoutSeconds` without requests.
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
  readonly #deployed: DeployedModels | undefined;

  private constructor(client: LmClient, deployed?: DeployedModels) {
    this.#client = client;
    this.#deployed = deployed;
  }

  /**
   * Starts an engine that serves `models`, or attaches to the one that serves the same already. Where the provider offers several machines, the
   * models decide which it is.
   *
   * @throws EngineNotFoundError, InvalidModelConfigError, UnknownModelSizeError, what `selectOffering` of `@conduit/compute-offerings` throws where
   *   no machine will do, and what the provider fails with.
   */
  static async deploy(options: LMLiteDeployOptions): Promise<LMLiteBlock> {
    const deployed = await DeployedModels.deploy(options);
    const client = new LmClient({
      source: deployed.deployment,
      servedName: (model) => deployed.engineId(model),
      alwaysConstrains: true,
      maxSilenceMs: ENGINE_MAX_SILENCE_MS,
    });
    return new LMLiteBlock(client, deployed);
  }

  /**
   * Uses an OpenAI-compatible endpoint that Conduit did not deploy. No request is made yet. Where it refuses to hold answers to a
   * type, it is asked without for the next hour, and its answers are repaired, validated, and asked for again with the error.
   *
   * @throws InvalidBaseUrlError, InvalidApiKeyError.
   */
  static connect({ baseUrl, apiKey }: LMLiteConnectOptions): LMLiteBlock {
    const source = fixedEndpoint(baseUrl, apiKey);
    return new LMLiteBlock(new LmClient({ source, servedName: (model) => model, alwaysConstrains: false }));
  }

  get #deployment(): Deployment | undefined {
    return this.#deployed?.deployment;
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
   * @throws OutputTruncatedError when the token limit cut the answer off, ContentRefusedError when the model or a filter refused it,
   *   GenerationFailedError when it is not of the type, however often it is asked for, OutputCheckFailedError when the schema throws.
   *   These, EndpointError and EndpointUnreachableError carry the `usage` of all tries, and `tries`.
   * @throws InvalidSchemaError, MdlSchemaError, SchemaMismatchError, InvalidRequestError before anything is sent.
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
    return lastResponse(this.#streamValue(request, { partials: false }));
  }

  /** The events of an answer in text, as the model writes it. Leaving the loop cancels the request. */
  stream(request: ChatRequest): AsyncIterable<StreamEvent> {
    return this.#client.stream(request);
  }

  /**
   * The events of an answer of the type of `output`: the value as it grows, the response last. Leaving the loop cancels the request.
   *
   * @throws what {@link LMLiteBlock.generate} throws, from the iterator.
   *
   * @example
   * ```ts
   * for await (const event of lm.streamObject({ model, output: Recipe, guidance: "Invent a recipe." })) {
   *   if (event.type === "value-update") render(event.value);
   *   if (event.type === "response-finish") save(event.response.value);
   * }
   * ```
   */
  streamObject<O extends Schema, I extends Schema = Schema>(
    request: GenerateRequest<O, I>,
  ): AsyncIterable<ObjectStreamEvent<O>> {
    return this.#streamValue(request, { partials: true });
  }

  /**
   * A block that lets a model turn `input` into `output`.
   *
   * @throws InvalidSchemaError when nothing can be checked against `input` or `output`.
   */
  block<I extends Schema, O extends Schema>(options: InferenceBlockOptions<I, O>): InferenceBlock<I, O> {
    return new InferenceBlock(this.#client, options);
  }

  /** Asks every engine how it is; `undefined` for an endpoint that Conduit did not deploy, here and below. */
  async health(options?: CallOptions): Promise<DeploymentHealth | undefined> {
    return this.#deployment?.health(options);
  }

  /** Changes the number of engines, 0 included. */
  async scale(replicas: number, options?: CallOptions): Promise<void> {
    await this.#deployment?.scale(replicas, options);
  }

  /**
   * Serves other models: new engines come up first, and the old ones leave when they have answered. When the new ones fail, everything stays as it
   * was.
   */
  async update(models: readonly LmLiteModelConfigInput[], options: CallOptions = {}): Promise<void> {
    await this.#deployed?.update(models, options);
  }

  /**
   * Stops all engines until {@link LMLiteBlock.restart} or a request. `onProgress` hears first whether others may get their GPUs meanwhile, as
   * on rented machines; engines that then cannot be started again are replaced.
   */
  async stop({ onProgress, ...options }: LMLiteStopOptions = {}): Promise<void> {
    await this.#deployment?.stop({
      ...options,
      onProgress: onProgress && (({ message }) => onProgress(message)),
    });
  }

  /** Starts the engines of a stopped deployment; replaces those of a running one. */
  async restart(options?: CallOptions): Promise<void> {
    await this.#deployment?.restart(options);
  }

  /** The lines that the engines log, with the name of the node that each runs on. */
  async *logs(options?: LogOptions): AsyncGenerator<NodeLogLine, void, undefined> {
    if (this.#deployment !== undefined) yield* this.#deployment.logs(options);
  }

  /** What the deployment has cost so far, and costs an hour. */
  async cost(options?: CallOptions): Promise<DeploymentCost | undefined> {
    return this.#deployment?.cost(options);
  }

  /** Ends all engines, whoever else uses them. Does nothing for an endpoint that Conduit did not deploy. */
  async delete(options?: CallOptions): Promise<void> {
    await this.#deployment?.delete(options);
  }

  async *#streamValue<O extends Schema>(
    request: GenerateRequest<O>,
    options: { readonly partials: boolean },
  ): AsyncGenerator<ObjectStreamEvent<O>, void, undefined> {
    await checkData(request);
    yield* this.#client.streamValue(request, options);
  }

  /** Detaches this process; the engine ends with its last user, or after `idleTimeoutSeconds` without requests. */
  async dispose(): Promise<void> {
    await this.#deployed?.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
