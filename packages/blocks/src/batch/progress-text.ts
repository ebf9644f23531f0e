/** How far a batch is. */
export interface ProgressState {
  readonly totalLines: number;
  readonly doneLines: number;
  readonly failed: number;
  readonly linesPerSecond: number;
  readonly tokens: number;
  readonly costUsd: number | undefined;
}

const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const rate = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const MIN_BAR_WIDTH = 10;
const MAX_BAR_WIDTH = 40;

/** The state in one line of words. */
export function progressText(state: ProgressState): string {
  const { totalLines, doneLines, failed, linesPerSecond, tokens, costUsd } = state;
  const left = Math.max(0, totalLines - doneLines);
  return [
    `${number.format(doneLines)} of ${number.format(totalLines)} lines`,
    `${rate.format(linesPerSecond)}/s`,
    ...(left > 0 && linesPerSecond > 0 ? [`${durationText(left / linesPerSecond)} left`] : []),
    `${number.format(failed)} failed`,
    ...(tokens > 0 ? [`${number.format(tokens)} tokens`] : []),
    ...(tokens > 0 && costUsd !== undefined ? [`$${costUsd.toFixed(2)}`] : []),
  ].join(", ");
}

/** The same behind a bar, within the width of a terminal. */
export function progressBar(state: ProgressState, columns: number): string {
  const text = progressText(state);
  const share = state.totalLines === 0 ? 1 : Math.min(1, state.doneLines / state.totalLines);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const width = Math.min(MAX_BAR_WIDTH, columns - text.length - percent.length - 5);
  if (width < MIN_BAR_WIDTH) return `${percent} ${text}`.slice(0, Math.max(0, columns - 1));
  const filled = Math.round(share * width);
  return `[${"#".repeat(filled)}${" ".repeat(width - filled)}]${percent}  ${text}`;
}

/** Seconds as people say them: `42 s`, `3 min 20 s`, `5 h 12 min`. */
function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${number.format(Math.floor(whole / 3_600))} h ${Math.floor((whole % 3_600) / 60)} min`;
}
