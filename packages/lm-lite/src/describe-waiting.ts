/** A model that does not answer yet, as the engine's `/health` has it. */
interface WaitingModel {
  readonly id: string;
  readonly state: string;
  /** What takes its time, and how far it is. */
  readonly progress?:
    | { readonly step: string; readonly done_bytes: number; readonly total_bytes: number }
    | undefined;
}

/** What the steps of loading are for people. */
const STEPS: Readonly<Record<string, string>> = {
  download: "downloading weights",
  weights: "loading weights",
};

const UNITS = [
  { name: "GB", bytes: 1e9, digits: 1 },
  { name: "MB", bytes: 1e6, digits: 0 },
] as const;

/** For people, such as `Qwen/Qwen3-8B: loading weights 2.1 of 4.2 GB`. */
export function describeWaiting({ id, state, progress }: WaitingModel): string {
  if (progress === undefined) return `${state} ${id}`;
  const { step, done_bytes: doneBytes, total_bytes: totalBytes } = progress;
  const unit = UNITS.find(({ bytes }) => totalBytes >= bytes) ?? UNITS[1];
  const amount = (bytes: number) => (bytes / unit.bytes).toFixed(unit.digits);
  return `${id}: ${STEPS[step] ?? step} ${amount(doneBytes)} of ${amount(totalBytes)} ${unit.name}`;
}
