import { HttpProblem } from "./http-problem.ts";

/**
 * Reads a body to its end, unless that is too far away. The limit counts what comes out of the decompression, chunk by chunk, so that
 * neither a wrong length nor a small body that unpacks to a large one gets past it.
 *
 * @throws HttpProblem
 */
export async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      const reason = `The body of the answer has more than ${maxBytes} bytes (maxResponseBytes).`;
      throw new HttpProblem("size", reason, { statusCode: response.status });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
