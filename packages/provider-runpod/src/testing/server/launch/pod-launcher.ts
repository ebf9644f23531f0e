/** What a pod's container is given. */
export interface LaunchedPod {
  readonly id: string;
  readonly image: string;
  readonly args: string;
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly LaunchedVolume[];
}

/** A folder that outlasts the container. */
export interface LaunchedVolume {
  /** Where the container has it. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly folder: string;
}

/** Backs the pods of a stand-in with programs. */
export interface PodLauncher {
  /** Starts the program of a pod; all that it leaves behind lies in `folder`, its output in the file `log`. */
  start(folder: string, pod: LaunchedPod): Promise<void>;
  /** The port of 127.0.0.1 where the program answers for a port of its container, once it does. */
  portOf(folder: string, containerPort: number): number | undefined;
  /** `undefined` while it has not been started. */
  isAlive(folder: string): boolean | undefined;
  end(folder: string): void;
}
