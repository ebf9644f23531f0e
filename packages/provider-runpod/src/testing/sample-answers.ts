import type { NodeSpec } from "@conduit/types";

/** A pod as RunPod describes one. */
export function samplePod(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: "7h9k2m4n6p",
    name: "conduit-0123abcd-deadbeef-a1b2c3z9",
    image: "conduit/lm-lite:0.1.0",
    args: "",
    disk: 20,
    ports: ["8000/http"],
    env: { CONDUIT_PORTS: '[{"name":"http","port":8000}]', LM_LITE_API_KEY: "secret" },
    registry: null,
    status: "RUNNING",
    actions: ["stop", "restart", "terminate"],
    mounts: { persistent: { size: 36, path: "/workspace" } },
    gpu: { id: "NVIDIA L4", count: 1 },
    cloud: "SECURE",
    dataCenterId: "EU-RO-1",
    cudaVersion: "12.8",
    ssh: { proxy: null, direct: null },
    template: null,
    cost: 0.4478,
    locked: false,
    globalNetworking: { enabled: false },
    runtime: { uptime: 60, ports: [] },
    createdAt: "2026-11-20T12:00:00Z",
    startedAt: "2026-11-20T12:02:00Z",
    ...change,
  };
}

/** A GPU type of RunPod's catalogue. */
export function sampleGpuType(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: "NVIDIA L4",
    name: "L4",
    pool: null,
    manufacturer: "NVIDIA",
    memory: 24,
    secure: true,
    community: true,
    price: { secure: 0.44, community: 0.31 },
    maxCount: { secure: 8, community: 2 },
    availability: "HIGH",
    dataCenters: [{ id: "EU-RO-1", name: "EU Romania 1", availability: "LOW" }],
    ...change,
  };
}

/** A document as of RFC 9457. */
export function sampleProblem(status: number, detail: string): Record<string, unknown> {
  return { title: "Some title", status, detail };
}

const L4_SECURE = {
  id: "1x NVIDIA L4 SECURE",
  provider: "RUNPOD",
  gpu: "L4",
  gpuCount: 1,
  gpuMemoryBytes: 24 * 1024 ** 3,
  priceMicroDollarsPerHour: 450_000,
  spot: false,
} as const;

export function sampleSpec(change: Partial<NodeSpec> = {}): NodeSpec {
  return {
    name: "conduit-0123abcd-deadbeef-a1b2c3z9",
    offering: L4_SECURE,
    workload: {
      image: "conduit/lm-lite:0.1.0",
      env: { MODELS: "[]" },
      secretEnv: { LM_LITE_API_KEY: "secret" },
      ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
      healthPath: "/health",
    },
    ...change,
  };
}
