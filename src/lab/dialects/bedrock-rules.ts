import { isObject, type JsonObject } from "../json-schema.ts";
import { randomness } from "../randomness.ts";
import { BedrockRefusal } from "./bedrock-http.ts";

/** A turn whose shape was checked. */
export interface WireMessage {
  readonly role: "user" | "assistant" | "system";
  readonly content: readonly JsonObject[];
}

/** What no shape can say: how the turns of a conversation hang together. */
export function checkConversation(messages: readonly WireMessage[], hasTools: boolean): void {
  checkRoles(messages);
  const names = new Set<string>();
  for (const [i, message] of messages.entries()) {
    checkContent(message, `messages.${i}.content`, names);
    checkToolTurn(messages, i, hasTools);
  }
}

function checkRoles(messages: readonly WireMessage[]): void {
  const spoken = messages.filter(({ role }) => role !== "system");
  if (spoken[0]?.role !== "user") {
    throw new BedrockRefusal(
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    );
  }
  for (const [i, { role }] of spoken.entries()) {
    if (role !== spoken[i - 1]?.role) continue;
    throw new BedrockRefusal(
      "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
    );
  }
}

function checkContent({ role, content }: WireMessage, path: string, names: Set<string>): void {
  if (content.every((block) => block["cachePoint"] !== undefined)) {
    const at = path.replace(/\.content$/, "");
    throw new BedrockRefusal(
      `The content field in the Message object at ${at} is empty. Add a ContentBlock object to the content field and try again.`,
    );
  }
  for (const [i, block] of content.entries()) {
    const at = `${path}.${i}`;
    if (typeof block["text"] === "string" && block["text"].trim() === "") {
      throw new BedrockRefusal(
        `The text field in the ContentBlock object at ${at} is blank. Add text to the text field, and try again.`,
      );
    }
    if (role !== "user" && (block["image"] || block["document"] || block["video"])) {
      throw new BedrockRefusal(`The content block at ${at} is only allowed in user messages.`);
    }
    checkDocument(block["document"], names);
    checkSignature(block["reasoningContent"], at);
  }
  if (content.some((block) => block["document"]) && !content.some((block) => block["text"])) {
    throw new BedrockRefusal(
      "A text block is required in a message that holds a document. Add a text block and try again.",
    );
  }
}

function checkDocument(document: unknown, names: Set<string>): void {
  if (!isObject(document)) return;
  const name = String(document["name"]);
  if (names.has(name)) {
    throw new BedrockRefusal(
      "The model returned the following errors: messages contain duplicate document names. Document names must be unique.",
    );
  }
  names.add(name);
}

/** The seal that the lab puts on its thoughts: a thought that was changed on the way fails it. */
export function sealOf(thought: string): string {
  return Buffer.from(randomness(0, thought).token(48)).toString("base64");
}

function checkSignature(reasoning: unknown, at: string): void {
  const shown = isObject(reasoning) ? reasoning["reasoningText"] : undefined;
  if (!isObject(shown) || shown["signature"] === undefined) return;
  if (shown["signature"] === sealOf(String(shown["text"]))) return;
  throw new BedrockRefusal(
    `The model returned the following errors: ${at}: Invalid \`signature\` in \`thinking\` block`,
  );
}

/** Results answer the calls of the turn before, each once. */
function checkToolTurn(messages: readonly WireMessage[], i: number, hasTools: boolean): void {
  const results = idsOf(messages[i], "toolResult");
  const calls = idsOf(messages[i], "toolUse");
  if (!hasTools && results.length + calls.length > 0) {
    throw new BedrockRefusal(
      "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    );
  }
  if (messages[i]?.role !== "user") return;
  const before = messages.slice(0, i).findLast(({ role }) => role !== "system");
  const asked = idsOf(before, "toolUse");
  const missing = asked.filter((id) => !results.includes(id));
  if (missing.length > 0) {
    throw new BedrockRefusal(
      `Expected toolResult blocks at messages.${i}.content for the following Ids: ${missing.join(", ")}`,
    );
  }
  if (results.length > asked.length || results.some((id) => !asked.includes(id))) {
    throw new BedrockRefusal(
      `The number of toolResult blocks at messages.${i}.content exceeds the number of toolUse blocks of previous turn.`,
    );
  }
}

function idsOf(message: WireMessage | undefined, member: "toolUse" | "toolResult"): string[] {
  return (message?.content ?? []).flatMap((block) => {
    const inner = block[member];
    return isObject(inner) ? [String(inner["toolUseId"])] : [];
  });
}
