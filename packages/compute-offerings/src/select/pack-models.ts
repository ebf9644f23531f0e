import type { Bound } from "./roofline.ts";

/** A model that needs a place: the same bytes on each of `degree` devices of one machine. Copies are the same object. */
export interface PackItem {
  /** Which model it is a copy of. */
  readonly model: number;
  readonly degree: number;
  readonly bytes: number;
  /** What its step takes; 0 where that is not known. */
  readonly seconds: number;
  /** What takes most of the step. */
  readonly bound: Bound;
  /** Longest time that the steps of all items of a device may take together, for this one to be as fast as it should. */
  readonly maxRoundSeconds: number;
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
  /** What the runtime takes of a device that so many items share, the widest of them on `degree` devices. */
  overheadBytes(count: number, degree: number): number;
}

/** Items on machines. */
export interface Packed {
  readonly placed: readonly Placed[];
  /** What lies on each device, machine by machine. */
  readonly machines: readonly (readonly Filling[])[];
  /** Of the device that takes longest for a step of all that it holds. */
  readonly roundSeconds: number;
}

/** What lies on a device. Devices on which the same lies in the same order share the object, so that they are told apart by it. */
export class Filling {
  readonly items: readonly PackItem[];
  readonly seconds: number;
  /** Models and runtime. */
  readonly usedBytes: number;
  /** Whether the device holds it, and every item is as fast as it should be. */
  readonly fits: boolean;
  readonly space: PackSpace;
  readonly #next = new Map<PackItem, Filling>();

  constructor(space: PackSpace, items: readonly PackItem[] = []) {
    const degree = Math.max(...items.map((item) => item.degree));
    const overheadBytes = items.length && space.overheadBytes(items.length, degree);
    this.space = space;
    this.items = items;
    this.seconds = items.reduce((sum, { seconds }) => sum + seconds, 0);
    this.usedBytes = items.reduce((sum, { bytes }) => sum + bytes, overheadBytes);
    this.fits =
      this.usedBytes <= space.budgetBytes &&
      items.every(({ maxRoundSeconds }) => this.seconds <= maxRoundSeconds * (1 + 1e-9));
  }

  /** What lies there in words, equal for no two fillings of one search. */
  get key(): string {
    return this.items.map(({ model, degree }) => `${model}/${degree}`).join();
  }

  /** With one more item. */
  with(item: PackItem): Filling {
    let next = this.#next.get(item);
    if (next === undefined) {
      next = new Filling(this.space, [...this.items, item]);
      this.#next.set(item, next);
    }
    return next;
  }
}

/**
 * Steps that a search without copies takes back before it gives up; workloads of up to five models on up to eight devices end far below.
 * Copies are alike, so that a search among them mostly repeats itself: it gives up the sooner the more there are.
 */
const MAX_STEPS_BACK = 20_000;

/**
 * Places all items on so many machines of which no device takes `maxSeconds` for a round; nothing where there is no way. Devices with
 * least to do are tried first, so that items lie apart where there is space; copies without a limit, which have to find a place at all, go
 * on the first machine and the fullest device that takes them. `empty` is what all devices hold to begin with.
 */
export function packModels(
  items: readonly PackItem[],
  empty: Filling,
  machines: number,
  maxSeconds = Number.POSITIVE_INFINITY,
): Packed | undefined {
  // What takes most of its devices first, of their memory or of their time.
  const { budgetBytes } = empty.space;
  const sizeOf = ({ degree, bytes, seconds, maxRoundSeconds }: PackItem) =>
    degree * Math.max(bytes / budgetBytes, seconds / Math.min(maxSeconds, maxRoundSeconds));
  const sorted = items
    .map((item) => ({ item, size: sizeOf(item) }))
    .sort((a, b) => b.size - a.size || b.item.degree - a.item.degree)
    .map(({ item }) => item);
  const isTight = new Set(items).size < items.length && maxSeconds === Number.POSITIVE_INFINITY;
  const packing = new Packing(sorted, empty, machines, maxSeconds, isTight);
  if (!packing.place(0)) return undefined;
  const roundSeconds = Math.max(...packing.machines.flat().map(({ seconds }) => seconds));
  return { placed: packing.placed, machines: packing.machines, roundSeconds };
}

class Packing {
  readonly placed: Placed[] = [];
  readonly machines: readonly Filling[][];
  readonly #items: readonly PackItem[];
  readonly #maxSeconds: number;
  /** Whether items go close together. */
  readonly #isTight: boolean;
  /** Of each machine, the device that has least to do. */
  readonly #idlest: Filling[];
  #stepsBackLeft: number;

  constructor(
    items: readonly PackItem[],
    empty: Filling,
    machines: number,
    maxSeconds: number,
    isTight: boolean,
  ) {
    this.#isTight = isTight;
    this.#items = items;
    this.#maxSeconds = maxSeconds;
    this.#stepsBackLeft = MAX_STEPS_BACK * (new Set(items).size / items.length) ** 6;
    // Where every item has devices for itself, further ones are of no use.
    const length = Math.min(
      empty.space.deviceCount,
      items.reduce((sum, { degree }) => sum + degree, 0),
    );
    this.machines = Array.from({ length: machines }, () => Array<Filling>(length).fill(empty));
    this.#idlest = Array<Filling>(machines).fill(empty);
  }

  /** Places the items from `index` on; false where there is no way, or none was found in time. */
  place(index: number): boolean {
    const item = this.#items[index];
    if (item === undefined) return true;
    const failed = new Set<string>();
    for (const machine of this.#inOrder()) {
      const devices = this.machines[machine] as Filling[];
      const groups = this.#groups(devices, item);
      if (groups.length === 0 || (failed.size > 0 && failed.has(stateOf(devices)))) continue;
      const before = [...devices];
      for (const chosen of choices(groups, item.degree)) {
        for (const device of chosen) devices[device] = (before[device] as Filling).with(item);
        this.#changed(machine);
        this.placed.push({ item, machine, devices: chosen });
        if (this.place(index + 1)) return true;
        this.#stepsBackLeft -= 1;
        if (this.#stepsBackLeft < 0) return false;
        this.placed.pop();
        for (const device of chosen) devices[device] = before[device] as Filling;
        this.#changed(machine);
      }
      if (this.machines.length > 1) failed.add(stateOf(devices));
    }
    return false;
  }

  #changed(machine: number): void {
    const devices = this.machines[machine] as Filling[];
    this.#idlest[machine] = devices.reduce((a, b) => (byIdleness(b, a) < 0 ? b : a));
  }

  /** Machines as they are tried: as they come, or by their idlest devices, in order only where the first did not do. */
  *#inOrder(): Generator<number> {
    const machines = [...this.machines.keys()];
    if (this.#isTight) return yield* machines;
    const compare = (a: number, b: number) =>
      byIdleness(this.#idlest[a] as Filling, this.#idlest[b] as Filling);
    yield machines.reduce((a, b) => (compare(b, a) < 0 ? b : a));
    yield* machines.sort(compare).slice(1);
  }

  /** Devices that can take an item, those on which the same lies together, in the order in which they are tried. */
  #groups(devices: readonly Filling[], item: PackItem): readonly (readonly number[])[] {
    const groups = new Map<Filling, number[]>();
    const mostSeconds = Math.min(this.#maxSeconds, item.maxRoundSeconds * 1.000001) - item.seconds;
    for (let device = 0; device < devices.length; device += 1) {
      const filling = devices[device] as Filling;
      // Most devices that cannot take it have no time for it, which is quickly told.
      if (filling.seconds > mostSeconds) continue;
      const group = groups.get(filling);
      if (group !== undefined) group.push(device);
      else if (this.#canTake(filling, item)) groups.set(filling, [device]);
    }
    const sign = this.#isTight ? -1 : 1;
    return [...groups].sort(([a], [b]) => sign * byIdleness(a, b)).map(([, group]) => group);
  }

  #canTake(filling: Filling, item: PackItem): boolean {
    const next = filling.with(item);
    return next.fits && next.seconds < this.#maxSeconds;
  }
}

/** What has less to do first, and of what has as much to do, what has more room. */
function byIdleness(a: Filling, b: Filling): number {
  return a.seconds - b.seconds || a.usedBytes - b.usedBytes;
}

function stateOf(devices: readonly Filling[]): string {
  return devices
    .map(({ key }) => key)
    .sort()
    .join(";");
}

/** Sets of `count` devices out of groups that are alike within, as many as can be of the first groups first. */
function* choices(groups: readonly (readonly number[])[], count: number): Generator<readonly number[]> {
  if (count === 0) yield [];
  const [group, ...others] = groups;
  if (count === 0 || group === undefined) return;
  for (let taken = Math.min(count, group.length); taken >= 0; taken -= 1) {
    for (const rest of choices(others, count - taken)) yield [...group.slice(0, taken), ...rest];
  }
}
