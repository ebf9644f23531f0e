import type { ComputeProvider, NodeSpec } from "@conduit/types";
import type { PostgresServer } from "../postgres-server.ts";
import type { Scenario } from "../scenario.ts";

/**
 * The scenario, where the server of the database crashes when the provider has made the first node, which is not written down by then: it
 * comes back at once, or when the operation has ended.
 */
export function crashingServer(
  scenario: Scenario,
  server: PostgresServer,
  { comesBack }: { readonly comesBack: "at once" | "later" },
): CrashingServer {
  let crashes = 0;
  let failure: unknown;
  const crash = async () => {
    if (crashes++ > 0) return;
    await server.stop("immediate");
    if (comesBack === "at once") await server.start();
  };
  return {
    scenario: {
      ...scenario,
      name: `${scenario.name}, PostgreSQL crashes after a create and comes back ${comesBack}`,
      async operate(tools) {
        const isFirst = crashes === 0;
        try {
          await scenario.operate({ ...tools, provider: afterCreate(tools.provider, crash) });
        } catch (error) {
          if (isFirst) failure = error;
          throw error;
        } finally {
          if (isFirst && comesBack === "later") await server.start();
        }
      },
    },
    failure: () => failure,
  };
}

export interface CrashingServer {
  readonly scenario: Scenario;
  /** What the operation failed with that the crash met. */
  failure(): unknown;
}

function afterCreate(provider: ComputeProvider, crash: () => Promise<void>): ComputeProvider {
  return {
    ...provider,
    async createNode(spec: NodeSpec, options) {
      const node = await provider.createNode(spec, options);
      await crash();
      return node;
    },
  };
}
