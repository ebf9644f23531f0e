import type { CustomTypesConfig } from "pg";

type Parser = (value: string) => unknown;
type Types = { getTypeParser(oid: number, format?: "text"): Parser };

/** Numbers of PostgreSQL's types, and of the arrays of them, which the driver reads in another way than this package. */
const TYPES = {
  bigint: [20, 1016],
  time: [1082, 1114, 1184, 1182, 1115, 1185],
  interval: [1186, 1187],
} as const;
const TEXT = 25;
const TEXT_ARRAY = 1009;
const ARRAYS = new Set<number>([1016, 1182, 1115, 1185, 1187]);

/** How values become JavaScript's: as JSON has them, without the loss of a digit, and in no time zone of this process. */
export function postgresTypes(types: Types): CustomTypesConfig {
  const parsers = new Map<number, Parser>();
  const add = (oids: readonly number[], parse: Parser): void => {
    for (const oid of oids) {
      const read = types.getTypeParser(ARRAYS.has(oid) ? TEXT_ARRAY : TEXT);
      parsers.set(oid, (value) => mapDeep(read(value), parse));
    }
  };
  add(TYPES.bigint, toExactNumber);
  add(TYPES.time, toIsoTime);
  add(TYPES.interval, (value) => value);
  const getTypeParser = (oid: number, format?: "text"): Parser =>
    parsers.get(oid) ?? types.getTypeParser(oid, format);
  return { getTypeParser } as CustomTypesConfig;
}

function mapDeep(value: unknown, map: Parser): unknown {
  if (Array.isArray(value)) return value.map((item) => mapDeep(item, map));
  return typeof value === "string" ? map(value) : value;
}

function toExactNumber(value: string): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** `2026-01-02 03:04:05.678901+00` as ISO 8601 has it; what it has no word for, such as `infinity`, stays as it is. */
function toIsoTime(value: string): string {
  return value.replace(
    /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-]\d\d)(:\d\d)?)?$/,
    (_, date: string, time: string, hours?: string, minutes?: string) =>
      `${date}T${time}${hours === undefined ? "" : hours + (minutes ?? ":00")}`,
  );
}
