import type { NoticeList } from "./notice-list.ts";

/** What a model asks of the first turn and the last. */
export interface TurnRules {
  /** Whose model it is, for notices. */
  readonly vendor: string;
  /** Its word for the assistant's role. */
  readonly assistant: string;
  /** The assistant's turn may stand last, for the model to go on with. */
  readonly prefill: boolean;
}

/** What is put into the user's mouth where a model wants words of theirs. */
const GREETING = "Hello.";
const GO_ON = "Continue.";

/**
 * Conversations start with the user, and most end so. A turn that is missing is made, with a notice:
 * `make` writes a user's words as a turn.
 */
export function orderedTurns<Turn extends { readonly role: string }>(
  turns: readonly Turn[],
  make: (words: string) => Turn,
  rules: TurnRules,
  list: NoticeList,
): readonly Turn[] {
  const isAnswered = turns[0]?.role === rules.assistant;
  const isOpen = turns.at(-1)?.role === rules.assistant && !rules.prefill;
  if (isAnswered) {
    const reason = `${rules.vendor} wants the user to speak first: “${GREETING}” stands there.`;
    list.approximated("messages[0]", reason);
  }
  if (isOpen) {
    const reason = `This model does not go on with words of its own: “${GO_ON}” follows them.`;
    list.approximated("messages", reason);
  }
  if (!isAnswered && !isOpen) return turns;
  return [...(isAnswered ? [make(GREETING)] : []), ...turns, ...(isOpen ? [make(GO_ON)] : [])];
}
