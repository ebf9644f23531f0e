import type { ComputeOffering } from "./compute-offering.ts";
import type { LmModelConfig } from "./lm-model-config.ts";
import type { Runtime } from "./names.ts";

/** What planning needs to know: which models, under which runtime. */
export interface ModelWorkload {
  readonly runtime: Runtime;
  readonly models: readonly LmModelConfig[];
}

/** A port that a container or process listens on. */
export interface WorkloadPort {
  readonly name: string;
  readonly containerPort: number;
  readonly protocol: "http" | "tcp";
}

/**
 * The same program without a container. `{portFile}` and `{holders}` in its arguments stand for paths that the provider chooses:
 * the program writes its port as decimal digits, in one write, into the first once it listens on a loopback port of its own choice,
 * and listens on the second, a Unix socket, for its holders. A connection holds from the newline that the program sends on it until
 * either side closes it; standard input is a holder too until it closes. Without holders for
 * `CONDUIT_IDLE_TIMEOUT_SECONDS` (default 0), and in any case `CONDUIT_MAX_LIFETIME_SECONDS` after its start, the program ends; it
 * closes the socket before.
 */
export interface ProcessCommand {
  readonly executable: string;
  readonly arguments: readonly string[];
}

/** A repository of the Hugging Face Hub that a program downloads before it is ready. */
export interface HubDownload {
  /** Such as `Qwen/Qwen3-0.6B`. */
  readonly id: string;
  readonly bytes: number;
}

/** What a program takes of its machine. What is absent is not known: nobody guesses it. Decides nothing about what runs. */
export interface WorkloadRequirements {
  /** All that it downloads; empty where it downloads nothing. */
  readonly downloads?: readonly HubDownload[] | undefined;
  /** Oldest CUDA version, such as `13.0`, that the driver of a machine with NVIDIA's GPUs has to know. */
  readonly minimumCudaVersion?: string | undefined;
  /** Memory in bytes that it takes of the fullest GPU of a machine, and that has to be free there. */
  readonly vramBytes?: ((offering: ComputeOffering) => number | undefined) | undefined;
}

/**
 * What deploying needs to know: what to start, and how to tell that it lives. Where `CONDUIT_REQUIRE_GPU` is `1` in its environment, a program that
 * finds no GPU that it can use is to end with exit code 3.
 */
export interface ContainerWorkload {
  readonly image: string;
  readonly process?: ProcessCommand | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Like `env`, but never logged or shown. */
  readonly secretEnv: Readonly<Record<string, string>>;
  /**
   * Whether the program reads a variable of `secretEnv` from the file that `<variable>_FILE` names where that is set instead. Providers
   * that can hand files over then keep secrets out of what they show of a node's environment.
   */
  readonly readsSecretFiles?: boolean | undefined;
  readonly ports: readonly [WorkloadPort, ...WorkloadPort[]];
  /** Path on the first port that answers 200 as soon as the program runs. */
  readonly healthPath: string;
  readonly requirements?: WorkloadRequirements | undefined;
}
