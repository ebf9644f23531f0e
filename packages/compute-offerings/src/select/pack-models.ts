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
 * Steps of one search without copies. Workloads of up to five models on up to eight devices end far below, so that what is found takes the fewest
 * machines; a longer search gives up on that number of machines and tries one more. Copies are alike, so that a search among them
 * mostly repeats itself: it gives up the sooner the more there are.
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
  #state: string | undefined;

  /** Equal for devices between which there is nothing to choose: what lies there, in the order of the search. */
  get state(): string {
    this.#state ??= this.items.map(({ model, degree }) => `${model}/${degree}`).join();
    return this.#state;
  }

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
    this.#state = undefined;
  }
}

class Packing implements Packed {
  readonly placed: Placed[] = [];
  readonly #items: readonly PackItem[];
  readonly #space: PackSpace;
  readonly #machines: readonly (readonly Device[])[];
  /** What lies on the emptiest device of each machine. */
  readonly #leastBytes: number[];
  #stepsLeft: number;

  constructor(items: readonly PackItem[], space: PackSpace, machines: number) {
    this.#items = items;
    this.#stepsLeft = items.length + MAX_STEPS * (new Set(items).size / items.length) ** 3;
    this.#space = space;
    // Where every item has devices for itself, further ones are of no use.
    const length = Math.min(
      space.deviceCount,
      items.reduce((sum, { degree }) => sum + degree, 0),
    );
    this.#machines = Array.from({ length: machines }, () => Array.from({ length }, () => new Device()));
    this.#leastBytes = this.#machines.map(() => 0);
  }

  get machines() {
    return this.#machines.map((devices) => devices.map(({ items }) => items));
  }

  /** Places the items from `index` on; false where there is no way, or none was found in time. */
  place(index: number): boolean {
    const item = this.#items[index];
    if (item === undefined) return true;
    const failed = new Set<string>();
    for (const machine of this.#byRoom()) {
      const devices = this.#machines[machine] ?? [];
      if (failed.size > 0 && failed.has(stateOf(devices))) continue;
      for (const chosen of choices(devices, item.degree)) {
        this.#stepsLeft -= 1;
        if (this.#stepsLeft < 0) return false;
        if (!chosen.every(([, device]) => fits([...device.items, item], this.#space))) continue;
        for (const [, device] of chosen) device.take(item);
        this.#changed(machine);
        this.placed.push({ item, machine, devices: chosen.map(([number]) => number) });
        if (this.place(index + 1)) return true;
        this.placed.pop();
        for (const [, device] of chosen) device.giveBack(item);
        this.#changed(machine);
      }
      failed.add(stateOf(devices));
    }
    return false;
  }

  #changed(machine: number): void {
    const devices = this.#machines[machine] ?? [];
    this.#leastBytes[machine] = Math.min(...devices.map((device) => device.filledBytes));
  }

  /** Machines by the room on their emptiest device. */
  #byRoom(): readonly number[] {
    const least = this.#leastBytes;
    return [...least.keys()].sort((a, b) => (least[a] ?? 0) - (least[b] ?? 0));
  }
}

function stateOf(devices: readonly Device[]): string {
  return devices.map(({ state }) => state).join(";");
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
    if (seen.size > 0 && seen.has(numbered[1].state)) continue;
    for (const rest of combinations(devices.slice(position + 1), count - 1)) yield [numbered, ...rest];
    seen.add(numbered[1].state);
  }
}
