/** A model that needs a place: the same bytes on each of `degree` devices of one machine. */
export interface PackItem {
  /** Which model it is a copy of. */
  readonly model: number;
  readonly degree: number;
  readonly bytes: number;
}

/** Where an item lies. */
export interface Placed {
  readonly item: PackItem;
  readonly machine: number;
  /** Devices within the machine. */
  readonly devices: readonly number[];
}

/** Machines of one kind. */
export interface PackSpace {
  readonly deviceCount: number;
  /** What items and the runtime may take of a device. */
  readonly budgetBytes: number;
  /** What the runtime takes of a device that holds these items. */
  overheadBytes(items: readonly PackItem[]): number;
}

/** Items on machines. */
export interface Packed {
  readonly placed: readonly Placed[];
  /** What lies on each device, machine by machine. */
  readonly machines: readonly (readonly (readonly PackItem[])[])[];
}

/**
 * Steps of one search. Workloads of up to five models on up to eight devices end far below, so that what is found takes the fewest
 * machines; a longer search gives up on that number of machines and tries one more.
 */
const MAX_STEPS = 20_000;

/**
 * Places all items on as few machines as hold them, `minMachines` to `maxMachines`; nothing where they do not fit. Devices with more room are
 * tried first, so that items lie apart where there is space.
 */
export function packModels(
  items: readonly PackItem[],
  space: PackSpace,
  maxMachines: number,
  minMachines = 1,
): Packed | undefined {
  const sorted = items.toSorted((a, b) => b.bytes * b.degree - a.bytes * a.degree || b.degree - a.degree);
  if (sorted.some((item) => item.degree > space.deviceCount || !fits([item], space))) return undefined;
  const most = Math.min(maxMachines, items.length);
  for (let machines = Math.max(minMachines, fewestMachines(sorted, space)); machines <= most; machines += 1) {
    const packing = new Packing(sorted, space, machines);
    if (packing.place(0)) return packing;
  }
  return undefined;
}

/** Models and runtime on a device that holds these items. */
export function usedBytes(items: readonly PackItem[], space: PackSpace): number {
  return items.reduce((sum, { bytes }) => sum + bytes, space.overheadBytes(items));
}

function fits(items: readonly PackItem[], space: PackSpace): boolean {
  return usedBytes(items, space) <= space.budgetBytes;
}

/** By volume: no device takes more than beside the single model that leaves most room. */
function fewestMachines(items: readonly PackItem[], space: PackSpace): number {
  const total = items.reduce((sum, { bytes, degree }) => sum + bytes * degree, 0);
  const roomiest = space.budgetBytes - Math.min(...items.map((item) => space.overheadBytes([item])));
  return Math.max(1, Math.ceil(total / roomiest / space.deviceCount - 1e-9));
}

/** What lies on a device. */
class Device {
  readonly items: PackItem[] = [];
  filledBytes = 0;
  /** Equal for devices between which there is nothing to choose: what lies there, in the order of the search. */
  state = "";

  take(item: PackItem): void {
    this.items.push(item);
    this.#changed(item.bytes);
  }

  giveBack(item: PackItem): void {
    this.items.pop();
    this.#changed(-item.bytes);
  }

  #changed(bytes: number): void {
    this.filledBytes += bytes;
    this.state = this.items.map(({ model, degree }) => `${model}/${degree}`).join();
  }
}

class Packing implements Packed {
  readonly placed: Placed[] = [];
  readonly #items: readonly PackItem[];
  readonly #space: PackSpace;
  readonly #machines: readonly (readonly Device[])[];
  #steps = 0;

  constructor(items: readonly PackItem[], space: PackSpace, machines: number) {
    this.#items = items;
    this.#space = space;
    this.#machines = Array.from({ length: machines }, () =>
      Array.from({ length: space.deviceCount }, () => new Device()),
    );
  }

  get machines() {
    return this.#machines.map((devices) => devices.map(({ items }) => items));
  }

  /** Places the items from `index` on; false where there is no way, or none was found in time. */
  place(index: number): boolean {
    const item = this.#items[index];
    if (item === undefined) return true;
    const seen = new Set<string>();
    for (const machine of this.#byRoom()) {
      const devices = this.#machines[machine] ?? [];
      const state = devices.map((device) => device.state).join(";");
      if (seen.has(state)) continue;
      seen.add(state);
      for (const chosen of choices(devices, item.degree)) {
        this.#steps += 1;
        if (this.#steps > MAX_STEPS) return false;
        if (!chosen.every(([, device]) => fits([...device.items, item], this.#space))) continue;
        for (const [, device] of chosen) device.take(item);
        this.placed.push({ item, machine, devices: chosen.map(([number]) => number) });
        if (this.place(index + 1)) return true;
        this.placed.pop();
        for (const [, device] of chosen) device.giveBack(item);
      }
    }
    return false;
  }

  /** Machines by the room on their emptiest device. */
  #byRoom(): readonly number[] {
    const least = this.#machines.map((devices) => Math.min(...devices.map((device) => device.filledBytes)));
    return [...least.keys()].sort((a, b) => (least[a] ?? 0) - (least[b] ?? 0));
  }
}

/** A device by its number within the machine. */
type Numbered = readonly [number, Device];

/** Sets of `count` devices, emptiest first, without those that differ only by which of equal devices they name. */
function choices(devices: readonly Device[], count: number): Generator<readonly Numbered[]> {
  return combinations(
    [...devices.entries()].sort(([, a], [, b]) => a.filledBytes - b.filledBytes),
    count,
  );
}

function* combinations(devices: readonly Numbered[], count: number): Generator<readonly Numbered[]> {
  if (count === devices.length || count === 0) {
    yield devices.slice(0, count);
    return;
  }
  const seen = new Set<string>();
  for (const [position, numbered] of devices.entries()) {
    if (position > devices.length - count) return;
    const { state } = numbered[1];
    if (seen.has(state)) continue;
    seen.add(state);
    for (const rest of combinations(devices.slice(position + 1), count - 1)) yield [numbered, ...rest];
  }
}
