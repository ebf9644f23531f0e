import { largestOf, sumOf } from "../sum-of.ts";
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
  readonly seconds: number;
}

/** What lies on a device. Devices on which the same lies in the same order share the object, so that they are told apart by it. */
export class Filling {
  declare readonly items: readonly PackItem[];
  declare readonly seconds: number;
  /** Models and runtime. */
  declare readonly usedBytes: number;
  /** Whether the device holds it, and every item is as fast as it should be. */
  declare readonly fits: boolean;
  declare readonly space: PackSpace;
  readonly #next = new Map<PackItem, Filling>();

  constructor(space: PackSpace, items: readonly PackItem[] = []) {
    const degree = largestOf(items, (item) => item.degree);
    const overheadBytes = items.length && space.overheadBytes(items.length, degree);
    this.space = space;
    this.items = items;
    this.seconds = sumOf(items, (item) => item.seconds);
    this.usedBytes = overheadBytes + sumOf(items, (item) => item.bytes);
    this.fits =
      this.usedBytes <= space.budgetBytes &&
      items.every(({ maxRoundSeconds }) => this.seconds <= maxRoundSeconds * (1 + 1e-9));
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
 * Places so many copies of each item on so many machines of which no device takes `maxSeconds` for a round; nothing where there is no way. The first machine
 * with room is tried first, and on it the devices with least to do. `empty` is what all devices hold to begin with.
 */
export function packModels(
  items: readonly PackItem[],
  copies: number,
  empty: Filling,
  machines: number,
  maxSeconds = Infinity,
): Packed | undefined {
  const packing = new Packing(items, copies, empty, machines, maxSeconds);
  if (!packing.place(0)) return undefined;
  const seconds = largestOf(packing.machines.flat(), (filling) => filling.seconds);
  return { placed: packing.placed, machines: packing.machines, seconds };
}

class Packing {
  readonly placed: Placed[] = [];
  declare readonly machines: readonly Filling[][];
  /** Largest first. */
  readonly #items: readonly PackItem[];
  readonly #maxSeconds: number;
  #stepsBackLeft: number;

  constructor(
    items: readonly PackItem[],
    copies: number,
    empty: Filling,
    machines: number,
    maxSeconds: number,
  ) {
    const all = items.flatMap((item) => Array<PackItem>(copies).fill(item));
    this.#items = all.sort((a, b) => b.bytes * b.degree - a.bytes * a.degree || b.degree - a.degree);
    this.#maxSeconds = maxSeconds;
    this.#stepsBackLeft = MAX_STEPS_BACK / copies ** 6;
    // Where every item has devices for itself, further ones are of no use.
    const devices = sumOf(all, (item) => item.degree);
    const length = Math.min(empty.space.deviceCount, devices);
    this.machines = Array.from({ length: machines }, () => Array<Filling>(length).fill(empty));
  }

  /** Places the items from `index` on; false where there is no way, or none was found in time. */
  place(index: number): boolean {
    const item = this.#items[index];
    if (item === undefined) return true;
    const failed: (readonly Filling[])[] = [];
    for (const [machine, devices] of this.machines.entries()) {
      const before = [...devices];
      if (failed.some((other) => other.every((filling, device) => filling === before[device]))) continue;
      for (const chosen of choices(this.#groups(devices, item), item.degree)) {
        for (const device of chosen) devices[device] = (before[device] as Filling).with(item);
        this.placed.push({ item, machine, devices: chosen });
        if (this.place(index + 1)) return true;
        this.#stepsBackLeft -= 1;
        if (this.#stepsBackLeft < 0) return false;
        this.placed.pop();
        for (const device of chosen) devices[device] = before[device] as Filling;
      }
      failed.push(before);
    }
    return false;
  }

  /** Devices that can take an item, those on which the same lies together, with least to do first, and of as much, with most room. */
  #groups(devices: readonly Filling[], item: PackItem): readonly (readonly number[])[] {
    const groups = new Map<Filling, number[]>();
    for (const [device, filling] of devices.entries()) {
      // Most devices that cannot take it have no time for it, which is quickly told.
      if (filling.seconds + item.seconds >= this.#maxSeconds) continue;
      const group = groups.get(filling);
      if (group !== undefined) group.push(device);
      else if (filling.with(item).fits) groups.set(filling, [device]);
    }
    return [...groups]
      .sort(([a], [b]) => a.seconds - b.seconds || a.usedBytes - b.usedBytes)
      .map(([, group]) => group);
  }
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
