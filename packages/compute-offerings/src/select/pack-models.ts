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
  /** Equal for devices between which there is nothing to choose: what lies there, in the order of the search. */
  state = "";

  take({ model, degree, bytes }: PackItem): void {
    this.usedBytes += bytes;
    this.models.push(model);
    this.degrees.push(degree);
    this.#describe();
  }

  giveBack({ bytes }: PackItem): void {
    this.usedBytes -= bytes;
    this.models.pop();
    this.degrees.pop();
    this.#describe();
  }

  #describe(): void {
    this.state = this.models.length === 0 ? "" : `${this.models.join()}/${this.degrees.join()}`;
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
      if (this.#machines.length > 1) {
        const state = devices.map((device) => device.state).join(";");
        if (seen.has(state)) continue;
        seen.add(state);
      }
      for (const chosen of choices(devices, item.degree)) {
        this.#steps += 1;
        if (this.#steps > MAX_STEPS) return false;
        if (!chosen.every((device) => this.#fits(devices[device], item))) continue;
        for (const device of chosen) devices[device]?.take(item);
        this.#placed.push({ item, machine, devices: chosen });
        if (this.#place(index + 1)) return true;
        this.#placed.pop();
        for (const device of chosen) devices[device]?.giveBack(item);
      }
    }
    return false;
  }

  /** Machines by the room on their emptiest device. */
  #byRoom(): readonly number[] {
    if (this.#machines.length === 1) return [0];
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

/** Sets of `count` devices, emptiest first, without those that differ only by which of equal devices they name. */
function* choices(devices: readonly Device[], count: number): Generator<readonly number[]> {
  const order = devices
    .map((device, index) => ({ index, state: device.state, usedBytes: device.usedBytes }))
    .sort((a, b) => a.usedBytes - b.usedBytes);
  yield* combinations(order, count, 0);
}

interface Choice {
  readonly index: number;
  readonly state: string;
}

function* combinations(order: readonly Choice[], count: number, from: number): Generator<readonly number[]> {
  if (count === order.length - from) {
    yield order.slice(from).map(({ index }) => index);
    return;
  }
  const seen = new Set<string>();
  for (let position = from; position <= order.length - count; position += 1) {
    const choice = order[position];
    if (choice === undefined || seen.has(choice.state)) continue;
    seen.add(choice.state);
    if (count === 1) yield [choice.index];
    else for (const rest of combinations(order, count - 1, position + 1)) yield [choice.index, ...rest];
  }
}
