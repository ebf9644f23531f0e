import { readFile } from "node:fs/promises";
import { ComputeOffering, compileSchema } from "@conduit/types";
import { OfferingsFileError } from "./offerings-file-error.ts";

const schema = compileSchema(ComputeOffering);

/**
 * The offerings of a JSON file: a list of them, or an object that has it under `offerings`. What a price list does not have may be
 * left out: `id`, `gpuCount` (1), `provider` (`RUNPOD`), `spot` (false); and a price may be in dollars, as `dollarsPerHour`.
 *
 * @throws OfferingsFileError for a file that cannot be read or that holds anything else.
 */
export async function loadOfferings(file: string): Promise<readonly ComputeOffering[]> {
  const content = parse(file, await read(file));
  const items = Array.isArray(content) ? content : (content as { offerings?: unknown } | null)?.offerings;
  if (!Array.isArray(items)) {
    throw new OfferingsFileError(`Expected a list of offerings in ${file}, or an object with offerings.`);
  }
  return Promise.all(items.map((item, index) => offeringOf(file, item, index + 1)));
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const found = (cause as Error).message;
    throw new OfferingsFileError(`Expected a file of offerings to read, found: ${found}.`, { cause });
  }
}

function parse(file: string, text: string): unknown {
  try {
    // Editors of Windows put a byte order mark before the text.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new OfferingsFileError(`Expected JSON in ${file}, found: ${(cause as Error).message}.`, { cause });
  }
}

async function offeringOf(file: string, item: unknown, index: number): Promise<ComputeOffering> {
  if (typeof item !== "object" || item === null) {
    throw new OfferingsFileError(`Expected offering ${index} of ${file} to be an object, found ${item}.`);
  }
  const { dollarsPerHour, ...facts } = item as Readonly<Record<string, unknown>>;
  const price = typeof dollarsPerHour === "number" ? Math.round(dollarsPerHour * 1e6) : undefined;
  const offering = {
    id: `#${index}`,
    provider: "RUNPOD",
    gpuCount: 1,
    spot: false,
    ...(price === undefined ? {} : { priceMicroDollarsPerHour: price }),
    ...facts,
  };
  const checked = await schema.check(offering);
  if (checked.valid) return checked.value;
  const { path, message } = checked.issues[0] ?? { path: "", message: "is none" };
  throw new OfferingsFileError(
    `Expected offering ${index} of ${file} to be one, found: ${`${path.slice(1)} ${message}`.trim()}.`,
  );
}
