/** With these, `ls` writes dates as {@link shownDate} does. */
export const LS_ENVIRONMENT = { LC_ALL: "C.UTF-8", TZ: "UTC" };

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** GNU `ls` shows the time of what is younger than half an average year, and the year of what is older. */
const RECENT_MS = (31_556_952 / 2) * 1000;

/** A date as `ls -l` shows it now, by default or with `--time-style=long-iso`. */
export function shownDate(date: Date, style: "usual" | "long-iso" = "usual"): string {
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  const month = date.getUTCMonth();
  if (style === "long-iso")
    return `${date.getUTCFullYear()}-${two(month + 1)}-${two(date.getUTCDate())} ${time}`;
  const age = Date.now() - date.getTime();
  const timeOrYear = age < RECENT_MS && age >= 0 ? time : ` ${date.getUTCFullYear()}`;
  return `${MONTHS[month]} ${String(date.getUTCDate()).padStart(2)} ${timeOrYear}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
