import { GatewayError } from "../../chat/error.ts";
import type { JsonObject } from "../../chat/json.ts";
import type {
  AssistantMessage,
  AssistantPart,
  ReasoningPart,
  TextPart,
  ToolMessage,
  UserMessage,
} from "../../chat/message.ts";
import type { ChatRequest } from "../../chat/request.ts";
import { nothingToAnswer } from "../fields.ts";
import type { NoticeList } from "../notice-list.ts";
import { toolInput } from "../tools.ts";
import { orderedTurns } from "../turn-order.ts";
import { encodeCall, encodeFile, textPart, thoughtPart } from "./encode-parts.ts";
import { isGemini3, takesNoSystem } from "./thinking.ts";
import { encodeResult, resultFiles } from "./tools.ts";
import { SIGNER } from "./wire.ts";

export interface WireConversation {
  readonly systemInstruction?: JsonObject;
  readonly contents: readonly JsonObject[];
}

interface Content {
  readonly role: "user" | "model";
  readonly parts: JsonObject[];
}

/**
 * Neighbours of one role are one content, the results of parallel calls among them: Gemini wants as
 * many results in the next turn as there were calls.
 */
export function encodeMessages(
  chat: ChatRequest,
  instruction: string | undefined,
  list: NoticeList,
): WireConversation {
  const system: string[] = [];
  const contents: Content[] = [];
  const names = new Map<string, string>();

  function add(role: Content["role"], parts: readonly JsonObject[]) {
    if (parts.length === 0) return;
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts: [...parts] });
  }

  for (const [i, message] of chat.messages.entries()) {
    const at = `messages[${i}]`;
    switch (message.role) {
      case "system": {
        const texts = message.content.map((part) => part.text).filter((text) => text !== "");
        if (contents.length > 0 && texts.length > 0) {
          list.approximated(at, "Gemini takes instructions only ahead of all turns: moved there.");
        }
        system.push(...texts);
        break;
      }
      case "user":
        add("user", encodeUser(message, i, list));
        break;
      case "assistant":
        for (const part of message.content) {
          if (part.type === "tool-call") names.set(part.id, part.name);
        }
        add("model", encodeAssistant(message, at, { model: chat.model, list }));
        break;
      case "tool":
        add("user", encodeTool(message, at, { model: chat.model, names, list }));
        break;
    }
  }
  return withSystem(system, contents, { model: chat.model, instruction, list });
}

function withSystem(
  system: readonly string[],
  contents: readonly Content[],
  { model, instruction, list }: Setting & { readonly instruction: string | undefined },
): WireConversation {
  if (system.length > 0 && takesNoSystem(model)) {
    throw new GatewayError(
      "invalid_request",
      "system prompts aren't supported on gemini-1.0 models",
    );
  }
  const texts = instruction === undefined ? system : [...system, instruction];
  const parts = texts.length > 0 ? [{ text: texts.join("\n\n") }] : [];
  if (contents.length > 0) {
    const ordered = orderedTurns(contents, userTurn, TURN_RULES, list);
    const wire = ordered.map((turn) => ({ role: turn.role, parts: turn.parts }));
    return parts.length > 0 ? { systemInstruction: { parts }, contents: wire } : { contents: wire };
  }
  if (system.length === 0) {
    throw nothingToAnswer();
  }
  list.approximated(
    "messages",
    "Gemini answers no instructions alone: they are sent as the user's.",
  );
  return { contents: [{ role: "user", parts }] };
}

const TURN_RULES = { vendor: "Gemini", assistant: "model", prefill: true } as const;

function userTurn(text: string): Content {
  return { role: "user", parts: [{ text }] };
}

/**
 * A text that is empty and unsigned has no form: Google answers "required oneof field 'data' must
 * have one initialized field". The reference counts messages from 1.
 */
function encodeUser(message: UserMessage, index: number, list: NoticeList): JsonObject[] {
  if (message.content.length === 0) {
    const words = `message at position ${index + 1} does not match expected array format`;
    throw new GatewayError("invalid_request", words, { vendor: { param: `messages[${index}]` } });
  }
  return message.content.flatMap((part, k) =>
    part.type === "text"
      ? encodeText(part)
      : [encodeFile(part, `messages[${index}].content[${k}]`, list)],
  );
}

function encodeText({ text, signature }: TextPart): JsonObject[] {
  return text === "" && signature === undefined ? [] : [textPart(text, signature)];
}

interface Setting {
  readonly model: string;
  readonly list: NoticeList;
}

/** Google's own word for a call that another model made: https://ai.google.dev/gemini-api/docs/thought-signatures */
const NO_SIGNATURE = "skip_thought_signature_validator";

function encodeAssistant(message: AssistantMessage, at: string, setting: Setting): JsonObject[] {
  const { list, model } = setting;
  const first = message.content.find((part) => part.type === "tool-call");
  const isUnproven = first !== undefined && first.signature === undefined && isGemini3(model);
  if (isUnproven) {
    const field = `${at}.tool_calls[0].extra_content`;
    list.approximated(
      field,
      "This call came without the thought signature that Gemini 3 asks for.",
    );
  }
  return message.content.flatMap((part, k) => {
    const proven = isUnproven && part === first ? { ...first, signature: NO_SIGNATURE } : part;
    return encodePart(proven, `${at}.content[${k}]`, list);
  });
}

function encodePart(part: AssistantPart, at: string, list: NoticeList): JsonObject[] {
  switch (part.type) {
    case "text":
      if (part.annotations) {
        list.dropped(
          `${at}.annotations`,
          "Gemini takes no sources beside the words of a past turn.",
        );
      }
      return encodeText(part);
    case "refusal":
      list.approximated(at, "Gemini has no refusals: its words are sent as plain text.");
      return part.text === "" ? [] : [textPart(part.text)];
    case "reasoning":
      return encodeReasoning(part, at, list);
    case "tool-call":
      if (part.custom || !toolInput(part.arguments)) {
        list.approximated(
          at,
          "Gemini takes a call's arguments as an object: the text is its input.",
        );
      }
      return [encodeCall(part, part.arguments)];
    case "file":
      return [encodeFile(part, at, list)];
  }
}

/**
 * Google answers 400 to a signature that is not its own, "Thought signature is not valid", and needs
 * none on a thought: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
function encodeReasoning(part: ReasoningPart, at: string, list: NoticeList): JsonObject[] {
  const { text, signature, signer, redacted } = part;
  if (redacted !== undefined) {
    list.dropped(at, "Another vendor's encrypted reasoning means nothing to Gemini.");
    return [];
  }
  const isOwn = signer === SIGNER;
  if (signature !== undefined && !isOwn) {
    list.dropped(`${at}.signature`, "Gemini takes no signature that is not known to be its own.");
  }
  const proof = isOwn ? signature : undefined;
  return text === "" && proof === undefined ? [] : [thoughtPart(text, proof)];
}

interface ToolSetting extends Setting {
  readonly names: ReadonlyMap<string, string>;
}

/** Before Gemini 3 a result holds no files: they follow it in the same turn. */
function encodeTool(message: ToolMessage, at: string, setting: ToolSetting): JsonObject[] {
  const { list, model, names } = setting;
  const known = names.get(message.callId);
  if (known === undefined) {
    list.approximated(
      `${at}.tool_call_id`,
      "No call has this id: it stands for the function's name.",
    );
  }
  const name = known ?? message.callId.replace(/[^A-Za-z0-9_.:-]/g, "_");
  const files = resultFiles(message, at, list);
  const result = { id: message.callId, name, response: encodeResult(message) };
  if (files.length === 0) return [{ functionResponse: result }];
  if (isGemini3(model)) return [{ functionResponse: { ...result, parts: files } }];
  list.approximated(`${at}.content`, "Before Gemini 3 a function gives no files: they follow it.");
  return [{ functionResponse: result }, ...files];
}
