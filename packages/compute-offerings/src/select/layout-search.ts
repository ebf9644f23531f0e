import { largestOf, sumOf } from "../sum-of.ts";
import type { Layout, LayoutFreedom, SpeedGoals } from "./layout.ts";
import { leastNumber } from "./least-number.ts";
import type { Machine } from "./machine.ts";
import type { ModelEstimates } from "./model-estimates.ts";
import { modelSpeeds } from "./model-speeds.ts";
import { Filling, type Packed, type PackItem, packModels } from "./pack-models.ts";
import { decodeStep, promptStep } from "./roofline.ts";

/** Ways to give each model its number of GPUs, times replicas, that are all tried; of more, only those with one limit for all models. */
const MAX_COMBINATIONS = 1024;

/** Copies of all models together up to which more are tried than were asked for. */
const MAX_COPIES = 64;

/** A layout that puts more copies on the same machines has to be this much faster to be worth its memory; of as many copies, any that is faster. */
const WORTHWHILE = 1.01;
const FASTER = 1 + 1e-9;

/** Copies of the workload, as they were asked for and as they lie. */
interface Copies {
  readonly replicas: number;
  /** Of each model; among those beyond the replicas the sequences divide. */
  readonly copies: number;
}

/** An item of each model, and what bounds every layout of their copies. */
interface Combination {
  readonly items: readonly PackItem[];
  /** Of the longest step, than which no round is shorter. */
  readonly seconds: number;
  /** Steps of all copies on all their devices. */
  readonly workSeconds: number;
  /** Devices below which there is no room for all copies, or no time for all to be as fast as they should be. */
  readonly devices: number;
}

/** Items on machines, and what they are copies of. */
type Packing = Packed & Copies;

/** Finds how a workload lies on machines of one kind, so that it reaches goals. */
export class LayoutSearch {
  readonly #models: ModelEstimates;
  readonly #machine: Machine;
  readonly #freedom: LayoutFreedom;
  readonly #goals: SpeedGoals;
  readonly #empty: Filling;
  readonly #degrees: readonly (readonly number[])[];
  readonly #combinations = new Map<string, readonly Combination[]>();

  constructor(models: ModelEstimates, machine: Machine, freedom: LayoutFreedom, goals: SpeedGoals) {
    this.#models = models;
    this.#machine = machine;
    this.#freedom = freedom;
    this.#goals = goals;
    this.#empty = new Filling({
      deviceCount: freedom.singleDevice ? 1 : machine.deviceCount,
      budgetBytes: models.budgetBytes(machine),
      overheadBytes: (count, degree) => models.overheadBytes(count, degree, machine),
    });
    this.#degrees = models.demands.map((_, model) => this.#inTime(model, this.#fitting(model)));
  }

  /** The fastest layout on the fewest machines on which there is one. */
  onFewest(replicas: number, maxMachines = this.#most(replicas)): Layout | undefined {
    const ways = this.#copiesOn(replicas, maxMachines).map((numbers) => this.#combinationsOf(numbers));
    // Further copies take no fewer devices than the first that are fast enough.
    const devices = ways.find(({ length }) => length > 0)?.map(({ devices }) => devices) ?? [];
    const least = Math.ceil(Math.min(...devices) / this.#deviceCount - 1e-9);
    const fewest = leastNumber(least, maxMachines, (machines) => this.isPossible(replicas, machines));
    return fewest === undefined ? undefined : this.on(replicas, fewest);
  }

  /** The fastest layout on so many machines, or on as many as there could be use for. */
  on(replicas: number, machines = this.#most(replicas)): Layout | undefined {
    const packing = [...this.#packings(replicas, machines)].at(-1);
    if (packing === undefined) return undefined;
    const speeds = modelSpeeds(this.#models, this.#machine, packing, replicas, packing.copies);
    return { ...packing, speeds, budgetBytes: this.#empty.space.budgetBytes };
  }

  /** Whether there is a layout on so many machines. */
  isPossible(replicas: number, machines: number): boolean {
    return this.#packings(replicas, machines).next().done !== true;
  }

  /** Replicas of which every model's copies are together fast enough, where each lies as costs it least. */
  replicasFor(cost: (item: PackItem) => number): number {
    return Math.max(
      ...this.#options({ replicas: 1, copies: 1 }).map((items) => {
        const [best] = items.toSorted((a, b) => cost(a) - cost(b));
        return best === undefined ? Infinity : Math.ceil(best.seconds / best.maxRoundSeconds - 1e-9);
      }),
    );
  }

  /** Packings on so many machines, each with a shorter round than the one before: that is what the slowest sequence waits for. */
  *#packings(replicas: number, machines: number): Generator<Packing, void> {
    const available = machines * this.#deviceCount;
    let shortest = Infinity;
    for (const numbers of this.#copiesOn(replicas, machines)) {
      const { copies } = numbers;
      const factor = copies === replicas ? FASTER : WORTHWHILE;
      const hopeful = this.#combinationsOf(numbers)
        .filter(({ seconds }) => seconds < shortest / factor)
        .map(({ items, seconds, workSeconds, devices }) => ({
          items,
          seconds: devices > available + 1e-9 ? Infinity : Math.max(seconds, workSeconds / available),
        }))
        .sort((a, b) => a.seconds - b.seconds)
        .slice(0, Math.ceil(MAX_COMBINATIONS / copies ** 2));
      const before = shortest;
      for (const { items, seconds } of hopeful) {
        while (seconds < shortest / factor) {
          const packed = packModels(items, copies, this.#empty, machines, shortest / factor);
          if (packed === undefined) break;
          shortest = packed.seconds;
          yield { ...packed, ...numbers };
        }
      }
      // What a few copies find no place for, more hardly do.
      if (shortest === before && hopeful.length > 0) break;
    }
  }

  get #deviceCount(): number {
    return this.#empty.space.deviceCount;
  }

  /** As many machines as could each hold a copy. */
  #most(replicas: number): number {
    return this.#freedom.singleDevice ? 1 : replicas * this.#models.demands.length;
  }

  /** Numbers of copies: devices that a plan rents anyway may hold further ones. */
  #copiesOn(replicas: number, machines: number): readonly Copies[] {
    const numbers = [{ replicas, copies: replicas }];
    if (this.#machine.gpu === undefined) return numbers;
    const { demands } = this.#models;
    // A sequence runs on one copy, so that more copies than sequences are of no use.
    const sequences = replicas * Math.min(...demands.map((demand) => demand.maxModelConcurrency));
    const most = Math.min(machines * this.#deviceCount, sequences, MAX_COPIES / demands.length);
    for (let copies = 2 * replicas; copies <= most; copies += replicas) {
      numbers.push({ replicas, copies });
    }
    return numbers;
  }

  /** For each model its number of GPUs; nothing where a model is too slow on all of them. */
  #combinationsOf(numbers: Copies): readonly Combination[] {
    const key = `${numbers.replicas}/${numbers.copies}`;
    let found = this.#combinations.get(key);
    if (found === undefined) {
      const options = this.#options(numbers);
      const ways = options.every((items) => items.some(isFastEnough)) ? waysOf(options, numbers) : [];
      found = ways
        .filter((items) => items.every(isFastEnough))
        .map((items) => this.#bounded(items, numbers.copies));
      this.#combinations.set(key, found);
    }
    return found;
  }

  #bounded(items: readonly PackItem[], copies: number): Combination {
    const roomiest = largestOf(items, ({ degree }) => this.#roomBytes(degree));
    const shares = (share: (item: PackItem) => number) =>
      sumOf(items, (item) => copies * item.degree * share(item));
    return {
      items,
      seconds: largestOf(items, ({ seconds }) => seconds),
      workSeconds: shares(({ seconds }) => seconds),
      devices: Math.max(
        shares(({ seconds, maxRoundSeconds }) => seconds / maxRoundSeconds),
        shares(({ bytes }) => bytes / roomiest),
      ),
    };
  }

  /** Of each model a copy on each number of GPUs; small numbers first. */
  #options({ replicas, copies }: Copies): readonly (readonly PackItem[])[] {
    const { minTokensPerSecond = 0 } = this.#goals;
    const [models, machine] = [this.#models, this.#machine];
    return this.#degrees.map((degrees, model) => {
      const demand = models.demand(model);
      const sequences = replicas * demand.maxModelConcurrency;
      return degrees.map((degree) => {
        const estimate = models.estimate(model, degree, machine, 1);
        const bytes = models.ownBytes(model, degree, machine);
        return {
          model,
          degree,
          bytes,
          seconds: 0,
          bound: "bandwidth",
          ...decodeStep(demand, estimate, machine, degree, sequences / copies),
          maxRoundSeconds: sequences / minTokensPerSecond,
        };
      });
    });
  }

  /** The numbers of GPUs with which a model fits while it has them for itself. */
  #fitting(model: number): readonly number[] {
    const { spanning, singleDevice } = this.#freedom;
    return this.#models
      .degrees(model, this.#machine, spanning && !singleDevice)
      .filter((degree) => this.#models.ownBytes(model, degree, this.#machine) <= this.#roomBytes(degree));
  }

  /** Those of them with which the first token comes in time, or where it never does, as soon as it can. */
  #inTime(model: number, degrees: readonly number[]): readonly number[] {
    const { maxTimeToFirstTokenMs } = this.#goals;
    if (maxTimeToFirstTokenMs === undefined) return degrees;
    const times = degrees.map(
      (degree) => 1000 * (promptStep(this.#models.demand(model), this.#machine, degree)?.seconds ?? 0),
    );
    const most = Math.max(maxTimeToFirstTokenMs, Math.min(...times));
    return degrees.filter((_, index) => (times[index] ?? 0) <= most);
  }

  /** A device's for a model that has it for itself. */
  #roomBytes(degree: number): number {
    return this.#empty.space.budgetBytes - this.#empty.space.overheadBytes(1, degree);
  }
}

/** Whether an item is as fast as it should be while it has its devices for itself. */
function isFastEnough({ seconds, maxRoundSeconds }: PackItem): boolean {
  return seconds <= maxRoundSeconds * FASTER;
}

/** All ways to take an option for each model; where there are too many, or for further copies, those with one limit for all. */
function waysOf(
  options: readonly (readonly PackItem[])[],
  { replicas, copies }: Copies,
): readonly (readonly PackItem[])[] {
  const count = options.reduce((product, items) => product * items.length, 1);
  if (copies === replicas && count * copies <= MAX_COMBINATIONS) {
    return options.reduce<readonly (readonly PackItem[])[]>(
      (rows, items) => rows.flatMap((row) => items.map((item) => [...row, item])),
      [[]],
    );
  }
  const limits = [...new Set(options.flat().map(({ degree }) => degree))].sort((a, b) => a - b);
  return limits.map((limit) =>
    options.map((items) => (items.findLast(({ degree }) => degree <= limit) ?? items[0]) as PackItem),
  );
}
