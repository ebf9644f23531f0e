/** A folder or file of the daemon's machine that containers see. */
export interface DockerMount {
  /** Absolute path on the daemon's machine. */
  readonly source: string;
  /** Absolute path in the container. Default: the same. */
  readonly target?: string | undefined;
  /** Default `true`. */
  readonly readOnly?: boolean | undefined;
}

/** Options of nodes that are Docker containers. */
export interface DockerOptions {
  /**
   * The daemon, as `unix://`, `tcp://` or `ssh://` URL. Default: what `docker` uses, that is `DOCKER_HOST`, the context that
   * `DOCKER_CONTEXT` or Docker's configuration names, `/var/run/docker.sock`; then the socket of a rootless daemon.
   */
  readonly host?: string | undefined;
  /**
   * Address of the daemon's machine that ports are published on. Default `127.0.0.1`, which only that machine reaches: a daemon on
   * another machine needs one that is reached from here.
   */
  readonly publishAddress?: string | undefined;
  /** Published port of ports of the workload, by their name. Default: free ones that Docker chooses, anew at each start. */
  readonly publishPorts?: Readonly<Record<string, number>> | undefined;
  /**
   * Folder of the daemon's machine that keeps what is fetched from Hugging Face; `false`: what is fetched goes with the node. Default:
   * `HF_HOME`, or `~/.cache/huggingface`; for a daemon on another machine `false`.
   */
  readonly huggingFaceCache?: string | false | undefined;
  /** More that containers see, such as folders of models. Default: nothing. */
  readonly mounts?: readonly DockerMount[] | undefined;
  /**
   * User of the container's processes, as `<user id>:<group id>`. Default: the user of this process, whose files the Hugging Face cache
   * holds; `65534:65534` where that is root. With a rootless daemon `0:0`, which is its user, not root.
   */
  readonly user?: string | undefined;
  /** Whether containers can change nothing but `/tmp` (in memory), their own folder and what is mounted. Default `true`. */
  readonly readOnlyRoot?: boolean | undefined;
  /** Whether this machine is offered without its GPUs too. Default `true`. */
  readonly offerCpu?: boolean | undefined;
  /** Bytes that must be free on the disks of images and of the Hugging Face cache, beside what a node downloads to them. Default 2 GiB. */
  readonly minFreeDiskBytes?: number | undefined;
  /** Share of a GPU's memory that must be free for a node to get it, from 0 to 1. Default: what its models take, or 0.8 where that is not known. */
  readonly minFreeGpuMemoryShare?: number | undefined;
  /** Longest time in seconds that the pull of an image may take. Default 3600. */
  readonly pullTimeoutSeconds?: number | undefined;
}
