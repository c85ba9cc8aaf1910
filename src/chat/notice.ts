/**
 * Something the client said that the target's format could not carry whole. It reaches the usage
 * record, a response header and, on a strict route, the client as a 400.
 */
export interface Notice {
  readonly kind: "dropped" | "approximated";
  /** The member in the client's words, such as `logprobs` or `messages[2].content[0]`. */
  readonly field: string;
  /** One sentence: what became of it and why. */
  readonly reason: string;
}
