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
  /** Bytes that items may take on a device that holds these models. */
  capacityBytes(models: readonly number[], largestDegree: number): number;
}

/**
 * Steps of one search. Workloads of up to five models on up to eight devices end far below, so that what is found takes the fewest
 * machines; a longer search gives up on that number of machines and tries one more.
 */
const MAX_STEPS = 20_000;

/**
 * Places all items on as few machines as hold them, at most `maxMachines`; nothing where they do not fit. Devices with more room are
 * tried first, so that items lie apart where there is space.
 */
export function packModels(
  items: readonly PackItem[],
  space: PackSpace,
  maxMachines: number,
): { readonly machines: number; readonly placed: readonly Placed[] } | undefined {
  const sorted = items.toSorted((a, b) => b.bytes * b.degree - a.bytes * a.degree || b.degree - a.degree);
  if (sorted.some((item) => item.degree > space.deviceCount || !fitsAlone(item, space))) return undefined;
  const most = Math.min(maxMachines, items.length);
  for (let machines = fewestMachines(sorted, space); machines <= most; machines += 1) {
    const placed = new Packing(sorted, space, machines).search();
    if (placed !== undefined) return { machines, placed };
  }
  return undefined;
}

function fitsAlone(item: PackItem, space: PackSpace): boolean {
  return item.bytes <= space.capacityBytes([item.model], item.degree);
}

/** By volume: no device takes more than it does for the single model that leaves most room. */
function fewestMachines(items: readonly PackItem[], space: PackSpace): number {
  const total = items.reduce((sum, { bytes, degree }) => sum + bytes * degree, 0);
  const roomiest = Math.max(...items.map(({ model, degree }) => space.capacityBytes([model], degree)));
  return Math.max(1, Math.ceil(total / roomiest / space.deviceCount - 1e-9));
}

/** What lies on a device. */
class Device {
  usedBytes = 0;
  readonly models: number[] = [];
  readonly degrees: number[] = [];

  /** Equal for devices between which there is nothing to choose. */
  get state(): string {
    return `${this.models.toSorted().join()}/${this.degrees.toSorted().join()}`;
  }
}

class Packing {
  readonly #items: readonly PackItem[];
  readonly #space: PackSpace;
  readonly #machines: Device[][];
  readonly #placed: Placed[] = [];
  #steps = 0;

  constructor(items: readonly PackItem[], space: PackSpace, machines: number) {
    this.#items = items;
    this.#space = space;
    this.#machines = Array.from({ length: machines }, () =>
      Array.from({ length: space.deviceCount }, () => new Device()),
    );
  }

  search(): readonly Placed[] | undefined {
    return this.#place(0) ? this.#placed : undefined;
  }

  #place(index: number): boolean {
    const item = this.#items[index];
    if (item === undefined) return true;
    const seen = new Set<string>();
    for (const machine of this.#byRoom()) {
      const devices = this.#machines[machine] ?? [];
      const state = devices
        .map((device) => device.state)
        .toSorted()
        .join(";");
      if (seen.has(state)) continue;
      seen.add(state);
      for (const chosen of choices(devices, item.degree)) {
        this.#steps += 1;
        if (this.#steps > MAX_STEPS) return false;
        if (!chosen.every((device) => this.#fits(devices[device], item))) continue;
        for (const device of chosen) take(devices[device], item);
        this.#placed.push({ item, machine, devices: chosen });
        if (this.#place(index + 1)) return true;
        this.#placed.pop();
        for (const device of chosen) giveBack(devices[device], item);
      }
    }
    return false;
  }

  /** Machines by the room on their emptiest device. */
  #byRoom(): readonly number[] {
    const least = this.#machines.map((devices) => Math.min(...devices.map((device) => device.usedBytes)));
    return least.map((_, machine) => machine).sort((a, b) => (least[a] ?? 0) - (least[b] ?? 0));
  }

  #fits(device: Device | undefined, item: PackItem): boolean {
    if (device === undefined) return false;
    const largestDegree = Math.max(item.degree, ...device.degrees);
    const capacity = this.#space.capacityBytes([...device.models, item.model], largestDegree);
    return device.usedBytes + item.bytes <= capacity;
  }
}

function take(device: Device | undefined, item: PackItem): void {
  if (device === undefined) return;
  device.usedBytes += item.bytes;
  device.models.push(item.model);
  device.degrees.push(item.degree);
}

function giveBack(device: Device | undefined, item: PackItem): void {
  if (device === undefined) return;
  device.usedBytes -= item.bytes;
  device.models.pop();
  device.degrees.pop();
}

/** Sets of `count` devices, emptiest first, without those that differ only by which of equal devices they name. */
function* choices(devices: readonly Device[], count: number): Generator<readonly number[]> {
  const order = devices
    .map((_, index) => index)
    .sort((a, b) => (devices[a]?.usedBytes ?? 0) - (devices[b]?.usedBytes ?? 0));
  yield* combinations(
    order.map((index) => ({ index, state: devices[index]?.state ?? "" })),
    count,
  );
}

function* combinations(
  devices: readonly { readonly index: number; readonly state: string }[],
  count: number,
): Generator<readonly number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  const seen = new Set<string>();
  for (const [position, { index, state }] of devices.entries()) {
    if (devices.length - position < count) return;
    if (seen.has(state)) continue;
    seen.add(state);
    for (const rest of combinations(devices.slice(position + 1), count - 1)) yield [index, ...rest];
  }
}
