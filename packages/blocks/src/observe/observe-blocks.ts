import type { BlockObserver } from "./block-observer.ts";

/** Shared by all copies of this package, so that one registration observes the blocks of each. */
const key = Symbol.for("@conduit/blocks/observers");
const shared = globalThis as { [key]?: { observers?: readonly BlockObserver[] } };
shared[key] ??= {};
const registry = shared[key];

/** The observers of every run in this process; `undefined` where there are none. */
export function processObservers(): readonly BlockObserver[] | undefined {
  return registry.observers;
}

/**
 * Lets an observer hear of every block that runs in this process, until what is returned is disposed.
 *
 * @example
 * ```ts
 * const observation = observeBlocks(consoleReporter());
 * const shell = new SystemCommandBlock(SupportsShellCommand);
 * await shell.run({ shellCommand: "true" }); // draws "SystemCommandBlock  12 ms" or so on stderr
 * observation[Symbol.dispose]();
 * ```
 */
export function observeBlocks(observer: BlockObserver): Disposable {
  // A wrapper, so that the same observer may be registered twice and each registration ends alone.
  const registered: BlockObserver = { start: (start) => observer.start(start) };
  registry.observers = [...(registry.observers ?? []), registered];
  return {
    [Symbol.dispose]() {
      const left = registry.observers?.filter((other) => other !== registered) ?? [];
      if (left.length > 0) registry.observers = left;
      else delete registry.observers;
    },
  };
}
