/** Variable that tells the program of a node that the machine was taken for its GPUs, and that the CPU will not do. */
const VARIABLE = "CONDUIT_REQUIRE_GPU";
/** With which such a program ends where it finds no GPU that it can use. */
const NO_GPU_EXIT_CODE = 3;

export const REQUIRED_GPU = { [VARIABLE]: "1" };

/** Whether a program has ended for want of a GPU; `env` is that of its container, as `NAME=value`. */
export function lacksGpu(exitCode: number, env: readonly string[] | undefined): boolean {
  return exitCode === NO_GPU_EXIT_CODE && (env ?? []).includes(`${VARIABLE}=1`);
}
