import { type Asked, type Desk, type Dialect, DONE, type Frame, sseFrame } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json-schema.ts";
import { type Script, type ScriptedCall, wordsOf } from "../scenario.ts";
import {
  checkMistralKey,
  MISTRAL_CHAT,
  MistralRefusal,
  mistralStatusError,
  orMistralRefusal,
} from "./mistral-shape.ts";
import { questionOf } from "./openai-chat-request.ts";
import { check } from "./openai-check.ts";
import { CREATED, isLenient, KEEP_ALIVE, type Stamp, stamp } from "./openai-http.ts";
import { TOO_LONG } from "./too-long.ts";

/** Behind a prefix of its own: the path alone would be OpenAI's. */
const PATH = "/mistral/v1/chat/completions";

/**
 * Mistral's platform (https://docs.mistral.ai/api/): OpenAI's API at first sight, and another one in
 * its members, its ids, its thinking, its errors and its strictness.
 */
export const mistralChat: Dialect = {
  name: "mistral-chat",
  serves: ({ path }) => path === PATH,
  receive: (request, desk) =>
    orMistralRefusal(() => {
      checkMistralKey(request, desk);
      return mistralAnswer(request, desk);
    }),
};

/** How Mistral answers, wherever its models are served; `checkMore` sees a request that is well-formed. */
export function mistralAnswer(
  request: HttpRequest,
  desk: Desk,
  checkMore: (wire: JsonObject) => void = () => undefined,
): Asked {
  const wire = jsonOf(request.body);
  if (!isObject(wire)) throw unreadable();
  const isOpen = isLenient(wire["model"], desk);
  check(wire, isOpen ? { ...MISTRAL_CHAT, open: true } : MISTRAL_CHAT, "");
  checkMore(wire);
  checkOrder(wire);
  return answerTo(wire, request, desk);
}

function unreadable(): MistralRefusal {
  const detail = [{ type: "json_invalid", loc: ["body", 0], msg: "JSON decode error" }];
  return new MistralRefusal(422, { detail });
}

/** Who may speak after whom: https://github.com/mistralai/mistral-common (the validator of requests). */
function checkOrder(wire: JsonObject): void {
  const messages = listOf(wire["messages"]);
  messages.forEach((message, index) => {
    const [before, role] = [messages[index - 1]?.["role"], message["role"]];
    const fits = before !== "tool" || role === "tool" || role === "assistant";
    if (!fits) throw outOfOrder(`Unexpected role '${role}' after role 'tool'`);
  });
  const last = messages.at(-1);
  if (last?.["role"] !== "assistant" || last["prefix"] === true) return;
  throw outOfOrder({
    detail: `Expected last role User or Tool (or Assistant with prefix True) for serving but got ${last["role"]}`,
  });
}

function outOfOrder(message: string | JsonObject): MistralRefusal {
  const type = "invalid_request_message_order";
  return new MistralRefusal(400, { object: "error", message, type, param: null, code: "3230" });
}

function answerTo(wire: JsonObject, request: HttpRequest, desk: Desk): Asked {
  const model = String(wire["model"]);
  const stamped = stamp(request, desk, "");
  return {
    type: "asked",
    model,
    stream: wire["stream"] === true,
    choices: typeof wire["n"] === "number" ? wire["n"] : 1,
    question: questionOf(asOpenAi(wire)),
    headers: [["content-type", "application/json"]],
    streamHeaders: [["content-type", "text/event-stream; charset=utf-8"]],
    whole: (scripts) => JSON.stringify(completion(model, stamped, scripts)),
    frames: (scripts) => chunks(model, stamped, scripts),
    error: (status) => mistralStatusError(status, model),
    tooLong: TOO_LONG.mistral,
    errorFrames: (status) => [
      sseFrame("error", JSON.parse(mistralStatusError(status, model).body)),
    ],
    keepAlive: KEEP_ALIVE,
  };
}

/** The same in the members that the lab's reader knows. */
function asOpenAi(wire: JsonObject): JsonObject {
  const { tool_choice: choice, messages } = wire;
  return {
    ...wire,
    tool_choice: choice === "any" ? "required" : choice,
    messages: listOf(messages).map((message) => {
      const { content } = message;
      return { ...message, content: Array.isArray(content) ? content.map(partOf) : content };
    }),
  };
}

function partOf(part: unknown): unknown {
  if (!isObject(part)) return part;
  const { type, image_url: image, document_url: document, input_audio: data } = part;
  if (typeof image === "string") return { type, image_url: { url: image } };
  if (typeof document === "string") return { type: "file", file: { file_id: document } };
  if (typeof data === "string") return { type, input_audio: { data, format: "mp3" } };
  return part;
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The platform has no word for a filter. */
function finishOf({ finish }: Script): string {
  if (finish === "tool-calls") return "tool_calls";
  return finish === "content-filter" ? "error" : finish;
}

function completion(model: string, { id }: Stamp, scripts: readonly Script[]): JsonObject {
  return {
    id: id.toLowerCase(),
    created: CREATED,
    model,
    usage: usageOf(scripts),
    object: "chat.completion",
    choices: scripts.map((script, index) => ({
      index,
      finish_reason: finishOf(script),
      message: {
        role: "assistant",
        tool_calls: script.calls.length === 0 ? null : script.calls.map(toolCall),
        content: contentOf(script),
      },
    })),
  };
}

function contentOf(script: Script): unknown {
  const text = wordsOf(script).join("");
  if (script.reasoning.length === 0) return text;
  return [thinking(script.reasoning.join("")), { type: "text", text }];
}

function thinking(text: string): JsonObject {
  return { type: "thinking", thinking: [{ type: "text", text }] };
}

function toolCall(call: ScriptedCall, index: number): JsonObject {
  return {
    id: call.id.slice(0, 9),
    function: { name: call.name, arguments: call.input.join("") },
    index,
  };
}

function usageOf(scripts: readonly Script[]): JsonObject {
  const input = scripts[0]?.usage.input ?? 0;
  const output = scripts.reduce((sum, { usage }) => sum + usage.output, 0);
  return { prompt_tokens: input, total_tokens: input + output, completion_tokens: output };
}

/** Calls come whole, and the last chunk of a choice has the usage. */
function chunks(model: string, { id }: Stamp, scripts: readonly Script[]): readonly Frame[] {
  const head = {
    id: id.toLowerCase(),
    object: "chat.completion.chunk",
    created: CREATED,
    model,
  };
  const write = (part: Frame["part"], index: number, delta: JsonObject, more: object = {}) =>
    sseFrame(part, { ...head, choices: [{ index, delta, finish_reason: null }], ...more });
  const frames = scripts.flatMap((script, index) => [
    write("start", index, { role: "assistant", content: "" }),
    ...script.reasoning.map((text) => write("delta", index, { content: [thinking(text)] })),
    ...wordsOf(script).map((text) => write("delta", index, { content: text })),
    ...(script.calls.length === 0
      ? []
      : [write("delta", index, { content: "", tool_calls: script.calls.map(toolCall) })]),
    sseFrame("finish", {
      ...head,
      choices: [{ index, delta: { content: "" }, finish_reason: finishOf(script) }],
      ...(index === scripts.length - 1 && { usage: usageOf(scripts) }),
    }),
  ]);
  return [...frames, DONE];
}
