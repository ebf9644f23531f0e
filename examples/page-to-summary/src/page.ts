import { type Block, FunctionBlock, HttpGetBlock, type NoOp, pipe } from "@conduit/blocks";
import { type Static, Type } from "typebox";
import { textOfHtml } from "./text-of-html.ts";

/** How much of a page the model is given; the rest is left out. */
const MAX_CHARACTERS = 3000;

/** Model length in tokens that a page with its answer fits into. */
export const PAGE_MODEL_LEN = 8192;

/** Control characters, which nobody reads. */
const CONTROLS = /(?![\n\t])\p{Cc}/gu;

export const Page = Type.Object({ text: Type.String({ minLength: 1, maxLength: MAX_CHARACTERS }) });
export type Page = Static<typeof Page>;

export interface PageOptions {
  readonly url: string;
  /** Whether the page may be on this machine or in a private network, also by a redirect. Default: false. */
  readonly allowPrivate?: boolean | undefined;
}

/** A block that fetches a page and gives what a reader sees of it. A page that cannot be had, or is empty, is an error. */
export function readPage({ url, allowPrivate = false }: PageOptions): Block<typeof NoOp, typeof Page> {
  const get = new HttpGetBlock(url, {
    output: Type.String(),
    responseType: "text",
    timeoutSeconds: 30,
    maxResponseBytes: 2 ** 20,
    publicAddressesOnly: !allowPrivate,
  });
  const toPage = new FunctionBlock(get.output, Page, function toPage(operation) {
    if (!operation.success) throw new Error(`${url} cannot be read: ${operation.reason}`);
    const text = textOf(operation.data).slice(0, MAX_CHARACTERS).toWellFormed();
    if (text === "") throw new Error(`${url} has no text.`);
    return { text };
  });
  return pipe(get, toPage);
}

/** Of HTML what a reader sees, and of other text all. */
function textOf(body: string): string {
  const text = /^\s*</.test(body) ? textOfHtml(body) : body;
  return text.replace(CONTROLS, " ").trim();
}
