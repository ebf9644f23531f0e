/** Interval in milliseconds at which a process looks whether its parent still lives. */
const POLL_MS = 250;

const VARIABLE = "CONDUIT_PARENT_PROCESS_ID";

// A parent may die before its child has come this far, so the child is told whom to expect. Children of
// its own must not inherit that.
const parentProcessId = Number(process.env[VARIABLE] ?? process.ppid);
delete process.env[VARIABLE];

/** The environment variable that tells a child which process to expect as its parent. */
export function expectParentVariable() {
  return { [VARIABLE]: String(process.pid) };
}

/**
 * Calls back once after the parent process has died. SIGKILL leaves a parent no time to end its children,
 * so they look for themselves.
 *
 * @param {() => void} callback
 */
export function onParentDeath(callback) {
  const timer = setInterval(() => {
    if (process.ppid === parentProcessId) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
}
