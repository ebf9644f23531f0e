export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** `ls` shows the time of what is younger than half an average year, and the year of what is older. */
const RECENT_MS = (31_556_952 / 2) * 1000;

export type DateStyle = "usual" | "long-iso" | "full-iso" | "full-time";

/**
 * A date as `ls -l` shows it at the moment `now`: by default, with `--time-style=long-iso` or `full-iso`, or with `--full-time` as BusyBox
 * has it. In UTC; of the fraction of a second that `full-iso` shows, milliseconds are known.
 */
export function shownDate(date: Date, now: Date, style: DateStyle = "usual"): string {
  const day = date.toISOString().slice(0, 10);
  const clock = date.toISOString().slice(11, 23);
  switch (style) {
    case "long-iso":
      return `${day} ${clock.slice(0, 5)}`;
    case "full-iso":
      return `${day} ${clock}000000 +0000`;
    case "full-time":
      return `${day} ${clock.slice(0, 8)} +0000`;
    case "usual": {
      const age = now.getTime() - date.getTime();
      const timeOrYear = age >= 0 && age < RECENT_MS ? clock.slice(0, 5) : ` ${date.getUTCFullYear()}`;
      return `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${timeOrYear}`;
    }
  }
}
