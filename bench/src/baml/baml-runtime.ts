import baml from "@boundaryml/baml";

const { BamlRuntime } = baml;

/** The client is never called: a function needs one to be declared. */
const DECLARATIONS = `
client<llm> Nobody {
  provider openai
  options {
    model "none"
    api_key "none"
    base_url "http://127.0.0.1:1"
  }
}
function Answering() -> Answer {
  client Nobody
  prompt #"{{ ctx.output_format(prefix=null) }}"#
}
`;

/** A type in BAML, with what BAML does for it: its notation in a prompt, and its parser. */
export class BamlType {
  private readonly runtime: InstanceType<typeof BamlRuntime>;

  /** @param source BAML source that declares the type `Answer`. */
  constructor(source: string) {
    this.runtime = BamlRuntime.fromFiles("/baml_src", { "main.baml": source + DECLARATIONS }, {});
  }

  /** `ctx.output_format` without the sentence before it. */
  outputFormat(): string {
    const context = this.runtime.createContextManager();
    const request = this.runtime.buildRequestSync("Answering", {}, context, null, null, false, {});
    const { messages } = JSON.parse(request.body.text()) as {
      messages: { content: string | { text: string }[] }[];
    };
    const content = messages[0]?.content ?? "";
    return typeof content === "string" ? content : content.map(({ text }) => text).join("");
  }

  /** The value of an answer, schema-aligned by BAML. */
  parse(answer: string): unknown {
    const context = this.runtime.createContextManager();
    return this.runtime.parseLlmResponse("Answering", answer, false, context, null, null, {});
  }
}
