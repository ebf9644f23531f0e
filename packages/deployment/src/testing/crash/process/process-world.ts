import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import type { LivingNode } from "../../stand-in/stand-in-world.ts";

/** The nodes of a folder as the machine shows them, whatever the provider makes of that: its processes, and what lies in the folder. */
export class ProcessWorld {
  readonly #nodes: string;

  constructor(directory: string) {
    this.#nodes = join(directory, "nodes");
  }

  /** Nodes whose program runs, and folders that a node without a program has left. */
  living(): LivingNode[] {
    const running = this.createdByName();
    const left = namesIn(this.#nodes).filter((name) => !running.has(name));
    return [
      ...[...running.keys()].map((name) => node(name, "running")),
      ...left.map((name) => node(name, "failed")),
    ];
  }

  /** How many programs run under each name. */
  createdByName(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { name } of this.#programs()) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  }

  /** Nothing goes wrong here but what a test does. */
  faultCalls(): readonly string[] {
    return [];
  }

  /** Ends the program of a node behind everyone's back. */
  kill(name: string): void {
    for (const program of this.#programs()) if (program.name === name) process.kill(program.pid, "SIGKILL");
  }

  /** Programs that were started with the path of a node's folder, as all of them are. */
  #programs(): { readonly name: string; readonly pid: number }[] {
    return namesIn("/proc").flatMap((pid) => {
      if (!/^\d+$/.test(pid)) return [];
      const [, rest] = commandLineOf(pid).split(this.#nodes + sep);
      const name = rest?.split(sep)[0];
      return name === undefined ? [] : [{ name, pid: Number(pid) }];
    });
  }
}

function node(name: string, status: LivingNode["status"]): LivingNode {
  return { id: name, name, status, isVisible: true, willDie: false };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Empty for a process that has ended, also while nobody has taken note of that. */
function commandLineOf(pid: string): string {
  try {
    return readFileSync(join("/proc", pid, "cmdline"), "utf8");
  } catch {
    return "";
  }
}
