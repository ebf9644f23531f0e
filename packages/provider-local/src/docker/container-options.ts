import { type NodeSpec, nodeEnvironment } from "@conduit/types";
import type { ContainerCreateOptions, MountSettings } from "dockerode";
import type { DockerMount } from "./docker-options.ts";
import type { GpuDevice } from "./gpu/gpu-device.ts";
import { REQUIRED_GPU } from "./gpu/required-gpu.ts";
import { type Labels, NODE_LABEL, PORTS_LABEL } from "./labels.ts";
import { NODE_FOLDER, OWN_CACHE_FOLDER, type Owner, SECRETS_FOLDER } from "./node-archive.ts";

const CACHE_FOLDER = "/var/cache/huggingface";
/** NCCL exchanges data between the GPUs of a machine in shared memory; Docker's own 64 MB are too little. */
const SHARED_MEMORY_BYTES = 2 ** 30;
const LOG_LIMITS = { "max-size": "20m", "max-file": "3" };

/** Everything that decides a container beside the specification of its node. */
export interface ContainerSettings {
  readonly owner: Owner;
  readonly labels: Labels;
  readonly gpus: readonly GpuDevice[];
  readonly publishAddress: string;
  readonly publishPorts: Readonly<Record<string, number>>;
  /** On the daemon's machine. */
  readonly cacheFolder: string | undefined;
  readonly mounts: readonly DockerMount[];
  readonly readOnlyRoot: boolean;
}

/** What Docker is asked for: no rights that the program can do without, and no restart that nobody has asked for. */
export function containerOptions(spec: NodeSpec, settings: ContainerSettings): ContainerCreateOptions {
  const { workload } = spec;
  const { owner, labels, gpus } = settings;
  const ports = workload.ports.map(({ name, containerPort }) => ({ name, port: `${containerPort}/tcp` }));
  const portsByName = workload.ports.map(({ name, containerPort }) => [name, containerPort]);
  return {
    name: spec.name,
    Image: workload.image,
    User: `${owner.uid}:${owner.gid}`,
    Env: Object.entries(environment(spec, settings)).map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...labels,
      [NODE_LABEL]: spec.name,
      [PORTS_LABEL]: JSON.stringify(Object.fromEntries(portsByName)),
    },
    ExposedPorts: Object.fromEntries(ports.map(({ port }) => [port, {}])),
    HostConfig: {
      PortBindings: Object.fromEntries(
        ports.map(({ name, port }) => [
          port,
          [{ HostIp: settings.publishAddress, HostPort: String(settings.publishPorts[name] ?? "") }],
        ]),
      ),
      RestartPolicy: { Name: "no" },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: settings.readOnlyRoot,
      Tmpfs: { "/tmp": "rw,nosuid,nodev,exec,mode=1777" },
      Mounts: mountsOf(spec, settings),
      LogConfig: { Type: "json-file", Config: LOG_LIMITS },
      ...(gpus.length > 1 && { ShmSize: SHARED_MEMORY_BYTES }),
      ...(gpus.length > 0 && {
        DeviceRequests: [
          { Driver: "nvidia", DeviceIDs: gpus.map(({ uuid }) => uuid), Capabilities: [["gpu"]] },
        ],
      }),
    },
  };
}

function environment(
  spec: NodeSpec,
  { cacheFolder, gpus }: ContainerSettings,
): Readonly<Record<string, string>> {
  const { workload } = spec;
  const usual = {
    // The user may be none of the image's, and then has no home.
    HOME: "/tmp",
    HF_HOME: cacheFolder === undefined ? OWN_CACHE_FOLDER : CACHE_FOLDER,
    ...(gpus.length > 0 && REQUIRED_GPU),
  };
  if (workload.readsSecretFiles !== true) return { ...usual, ...nodeEnvironment(spec) };
  const files = Object.keys(workload.secretEnv).map((name) => [`${name}_FILE`, `${SECRETS_FOLDER}/${name}`]);
  return {
    ...usual,
    ...nodeEnvironment({ ...spec, workload: { ...workload, secretEnv: {} } }),
    ...Object.fromEntries(files),
  };
}

function mountsOf(spec: NodeSpec, { cacheFolder, mounts }: ContainerSettings): MountSettings[] {
  return [
    // Without a source Docker gives it a name, and removes it together with the container.
    {
      Type: "volume",
      Source: "",
      Target: NODE_FOLDER,
      VolumeOptions: {
        NoCopy: true,
        Labels: { [NODE_LABEL]: spec.name },
        DriverConfig: { Name: "local", Options: {} },
      },
    },
    ...(cacheFolder === undefined
      ? []
      : [{ Type: "bind", Source: cacheFolder, Target: CACHE_FOLDER } as const]),
    ...mounts.map(({ source, target = source, readOnly = true }) => ({
      Type: "bind" as const,
      Source: source,
      Target: target,
      ReadOnly: readOnly,
    })),
  ];
}
