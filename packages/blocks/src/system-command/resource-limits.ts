/** What each process of a command may take of the machine; the system stops one that takes more. */
export interface ResourceLimits {
  /** Seconds that it may compute; then SIGXCPU, and a second later SIGKILL. */
  readonly cpuSeconds?: number | undefined;
  /** Bytes of its address space, which programs reserve more of than they use; an allocation beyond it fails. Not on macOS. */
  readonly memoryBytes?: number | undefined;
  /** Bytes of each file that it writes; then SIGXFSZ. */
  readonly fileBytes?: number | undefined;
  /** Files, sockets and pipes that it has open at a time. */
  readonly openFiles?: number | undefined;
}

/** Units of POSIX's `ulimit`: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ulimit.html */
const FILE_BLOCK_BYTES = 512;
const MEMORY_BLOCK_BYTES = 1024;
/** What the limiting shell exits with where the system refuses a limit. */
const REFUSED = 125;

/** A program with its arguments. */
export type Invocation = readonly [program: string, ...args: string[]];

/** What starts a program within limits: a shell that takes them on itself, and becomes the program. */
export function withLimits(invocation: Invocation, limits: ResourceLimits): Invocation {
  const { cpuSeconds, memoryBytes, fileBytes, openFiles } = limits;
  const settings = [
    ...(cpuSeconds === undefined ? [] : [`-S -t ${cpuSeconds}`, `-H -t ${cpuSeconds + 1}`]),
    ...(memoryBytes === undefined ? [] : [`-v ${Math.ceil(memoryBytes / MEMORY_BLOCK_BYTES)}`]),
    ...(fileBytes === undefined ? [] : [`-f ${Math.ceil(fileBytes / FILE_BLOCK_BYTES)}`]),
    ...(openFiles === undefined ? [] : [`-n ${openFiles}`]),
  ];
  if (settings.length === 0) return invocation;
  const script = `${settings.map((setting) => `ulimit ${setting} || exit ${REFUSED}`).join("\n")}\nexec "$@"`;
  return ["/bin/sh", "-c", script, "sh", ...invocation];
}
