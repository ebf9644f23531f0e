import { compileSchema } from "@conduit/types";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { LogLine } from "../api/wire.ts";

/** A line of a pod's log. */
export interface LogEvent {
  readonly line: string;
  /** When it was written, as RunPod writes it. */
  readonly at: string;
}

/** The lines of a stream of server-sent events. What is no line of a log is left out. Ends early, without failing, where the connection does. */
export async function* logEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<LogEvent, void, undefined> {
  const messages = stream
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream());
  for await (const { data } of messages) {
    const checked = await compileSchema(LogLine).check(parseJson(data));
    if (checked.valid) yield { line: checked.value.line, at: checked.value.ts };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
