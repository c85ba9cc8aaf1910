import { type Asked, type Desk, type Dialect, type Frame, typedSseFrame } from "../dialect.ts";
import type { HeaderLine, HttpRequest } from "../http/request.ts";
import type { JsonObject } from "../json-schema.ts";
import { readModelName } from "../models.ts";
import { randomness } from "../randomness.ts";
import { play, type Script } from "../scenario.ts";
import {
  AnthropicRefusal,
  anthropicError,
  anthropicStatusError,
  checkHeaders,
  readJson,
} from "./anthropic-http.ts";
import { checkVersion } from "./anthropic-models.ts";
import { type MessagesRequest, readMessagesRequest } from "./anthropic-request.ts";
import { signatureOf } from "./anthropic-rules.ts";
import { TOO_LONG } from "./too-long.ts";

/** https://platform.claude.com/docs/en/api/messages */
export const anthropicMessages: Dialect = {
  name: "anthropic-messages",
  serves: ({ path }) => path.endsWith("/v1/messages"),
  receive(request, desk) {
    try {
      const version = checkHeaders(request, desk);
      const wire = readJson(request);
      checkVersion(wire, version);
      return messagesAnswer(readMessagesRequest(wire, desk), request, desk);
    } catch (error) {
      if (!(error instanceof AnthropicRefusal)) throw error;
      return anthropicError(error.status, error.message);
    }
  },
};

/** How Anthropic answers, wherever its models are served. */
export function messagesAnswer(asked: MessagesRequest, request: HttpRequest, desk: Desk): Asked {
  const random = randomness(desk.seed, `${request.path}\n${Buffer.from(request.body)}`);
  const id = `msg_01${random.token(22)}`;
  const { model, stream, question } = asked;
  const common: readonly HeaderLine[] = [
    ["request-id", `req_011${random.token(21)}`],
    ["anthropic-organization-id", "00000000-0000-4000-8000-00000000001a"],
    ["anthropic-ratelimit-requests-limit", "50"],
    ["anthropic-ratelimit-requests-remaining", "49"],
  ];
  const written = (scripts: readonly Script[]) => answerOf(scripts[0], asked, desk);
  return {
    type: "asked",
    model,
    stream,
    choices: 1,
    question,
    headers: [["content-type", "application/json"], ...common],
    streamHeaders: [
      ["content-type", "text/event-stream; charset=utf-8"],
      ["cache-control", "no-cache"],
      ...common,
    ],
    whole: (scripts) => JSON.stringify(messageOf(id, model, written(scripts))),
    frames: (scripts) => framesOf(id, model, written(scripts)),
    error: (status) => anthropicStatusError(status, model),
    tooLong: TOO_LONG.anthropic,
    errorFrames: (status) => [
      typedSseFrame("error", "error", JSON.parse(anthropicStatusError(status, model).body)),
    ],
    keepAlive: PING.bytes,
  };
}

interface Answer {
  readonly blocks: readonly AnswerBlock[];
  readonly stop: JsonObject;
  readonly usage: JsonObject;
}

/** A block whole, as it starts in a stream, and what comes after that. */
interface AnswerBlock {
  readonly whole: JsonObject;
  readonly start: JsonObject;
  readonly deltas: readonly JsonObject[];
}

function answerOf(script: Script | undefined, asked: MessagesRequest, desk: Desk): Answer {
  return {
    blocks: script ? blocksOf(script) : [],
    stop: stopOf(script, asked, desk),
    usage: usageOf(script),
  };
}

function blocksOf({ reasoning, text, calls }: Script): readonly AnswerBlock[] {
  return [
    ...(reasoning.length > 0 ? [thinkingBlock(reasoning)] : []),
    ...(text.length > 0 ? [textBlock(text)] : []),
    ...calls.map((call) => toolUseBlock(`toolu_01${call.id.slice(0, 22)}`, call.name, call.input)),
  ];
}

function thinkingBlock(pieces: readonly string[]): AnswerBlock {
  const thinking = pieces.join("");
  const signature = signatureOf(thinking);
  return {
    whole: { type: "thinking", thinking, signature },
    start: { type: "thinking", thinking: "", signature: "" },
    deltas: [
      ...pieces.map((piece) => ({ type: "thinking_delta", thinking: piece })),
      { type: "signature_delta", signature },
    ],
  };
}

function textBlock(pieces: readonly string[]): AnswerBlock {
  return {
    whole: { type: "text", text: pieces.join(""), citations: null },
    start: { type: "text", text: "" },
    deltas: pieces.map((text) => ({ type: "text_delta", text })),
  };
}

/** Input that was cut off by the cap on tokens is not an object; the vendor gives what it has. */
function toolUseBlock(id: string, name: string, pieces: readonly string[]): AnswerBlock {
  const call = { type: "tool_use", id, name };
  return {
    whole: { ...call, input: objectOf(pieces.join("")) },
    start: { ...call, input: {} },
    deltas: ["", ...pieces].map((partial_json) => ({ type: "input_json_delta", partial_json })),
  };
}

function objectOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const STOP = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
} as const satisfies Record<Script["finish"], string>;

function stopOf(script: Script | undefined, asked: MessagesRequest, desk: Desk): JsonObject {
  const words = script?.refusal.join("") ?? "";
  if (words !== "") {
    const stop_details = { type: "refusal", category: null, explanation: words };
    return { stop_reason: "refusal", stop_sequence: null, stop_details };
  }
  const sequence = script?.finish === "stop" ? stopSequence(script, asked, desk) : undefined;
  const reason = sequence === undefined ? STOP[script?.finish ?? "stop"] : "stop_sequence";
  return { stop_reason: reason, stop_sequence: sequence ?? null, stop_details: null };
}

/** The sequence that ended the text: what would have come next, had there been none. */
function stopSequence(
  script: Script,
  { model, question }: MessagesRequest,
  desk: Desk,
): string | undefined {
  if (question.stop.length === 0) return undefined;
  const traits = [...(readModelName(model) ?? []), ...desk.traits];
  const setting = { traits, seed: desk.seed, choice: 0 };
  const full = play({ ...question, stop: [] }, setting).text.join("");
  const rest = full.slice(script.text.join("").length);
  return question.stop.find((stop) => stop !== "" && rest.startsWith(stop));
}

function usageOf(script: Script | undefined): JsonObject {
  const { input = 0, cached = 0, output = 0, reasoning = 0 } = script?.usage ?? {};
  return {
    input_tokens: input - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
    server_tool_use: null,
    service_tier: "standard",
    inference_geo: "global",
    speed: "standard",
  };
}

const head = (id: string, model: string) => ({ id, type: "message", role: "assistant", model });

function messageOf(id: string, model: string, { blocks, stop, usage }: Answer): JsonObject {
  const content = blocks.map(({ whole }) => whole);
  return { ...head(id, model), content, container: null, diagnostics: null, ...stop, usage };
}

function framesOf(id: string, model: string, { blocks, stop, usage }: Answer): readonly Frame[] {
  const begun = { stop_reason: null, stop_sequence: null, stop_details: null };
  const { output_tokens_details, service_tier: _tier, ...final } = usage;
  const { cache_creation: _split, inference_geo: _geo, speed: _speed, ...counts } = final;
  const message = {
    ...head(id, model),
    content: [],
    container: null,
    diagnostics: null,
    ...begun,
    usage: { ...usage, output_tokens: 1, output_tokens_details: null },
  };
  return [
    typedSseFrame("start", "message_start", { message }),
    ...blocks.flatMap((block, index) => blockFrames(block, index)),
    typedSseFrame("finish", "message_delta", {
      delta: { ...stop, container: null },
      usage: { ...counts, output_tokens_details },
    }),
    typedSseFrame("done", "message_stop", {}),
  ];
}

/** The first block belongs to the opening: without it no delta has a place. */
function blockFrames({ start, deltas }: AnswerBlock, index: number): readonly Frame[] {
  const opening = typedSseFrame(index === 0 ? "start" : "other", "content_block_start", {
    index,
    content_block: start,
  });
  return [
    opening,
    ...(index === 0 ? [PING] : []),
    ...deltas.map((delta) => typedSseFrame("delta", "content_block_delta", { index, delta })),
    typedSseFrame("other", "content_block_stop", { index }),
  ];
}

const PING = typedSseFrame("other", "ping", {});
