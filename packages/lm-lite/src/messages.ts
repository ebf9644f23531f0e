/** One turn of a conversation. */
export interface Message {
  readonly role: "system" | "developer" | "user" | "assistant";
  readonly content: string;
}

/** A call that the model wants made. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text of the arguments, as the model wrote it. */
  readonly arguments: string;
}
