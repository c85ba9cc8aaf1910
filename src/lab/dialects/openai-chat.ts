import { type Asked, type Desk, type Dialect, DONE, type Frame, sseFrame } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import type { JsonObject } from "../json-schema.ts";
import type { Script, ScriptedCall, ScriptedUsage } from "../scenario.ts";
import { chatVendor } from "./chat-vendors.ts";
import { type ChatRequest, readChatRequest } from "./openai-chat-request.ts";
import { logprobsOf } from "./openai-chat-rules.ts";
import {
  CREATED,
  checkKey,
  FINGERPRINT,
  KEEP_ALIVE,
  openAiStatusError,
  openAiText,
  orRefusal,
  readJson,
  type Stamp,
  stamp,
} from "./openai-http.ts";
import { tooLongFor } from "./too-long.ts";

/**
 * https://platform.openai.com/docs/api-reference/chat, at any path that ends as OpenAI's does:
 * vendors that copied the API put their own prefix before it.
 */
export const openAiChat: Dialect = {
  name: "openai-chat",
  serves: ({ path }) => path.endsWith("/chat/completions"),
  receive: (request, desk) =>
    orRefusal(() => {
      checkKey(request, desk);
      const vendor = chatVendor(request.path);
      const asked = readChatRequest(readJson(request), desk, azureDeployment(request), vendor);
      return answerTo(asked, request, desk);
    }),
};

/** https://learn.microsoft.com/azure/ai-services/openai/reference: the path names the model. */
export function azureDeployment(request: HttpRequest): string | undefined {
  const match = /\/openai\/deployments\/(.+?)\/(?:(?:chat\/)?completions|embeddings)$/.exec(
    request.path,
  );
  return match?.[1] === undefined ? undefined : decodeURIComponent(match[1]);
}

function answerTo(asked: ChatRequest, request: HttpRequest, desk: Desk): Asked {
  const stamped = stamp(request, desk, "chatcmpl-");
  const { model, stream, choices, question } = asked;
  return {
    type: "asked",
    model,
    stream,
    choices,
    question,
    headers: stamped.headers,
    streamHeaders: stamped.streamHeaders,
    whole: (scripts) => openAiText(completion(asked, stamped, scripts)),
    frames: (scripts) => chunks(asked, stamped, scripts),
    error: (status) => openAiStatusError(status, model),
    tooLong: () => tooLongFor(chatVendor(request.path).name),
    errorFrames: (status) => [sseFrame("error", JSON.parse(openAiStatusError(status, model).body))],
    keepAlive: KEEP_ALIVE,
  };
}

const FINISH = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
} as const satisfies Record<Script["finish"], string>;

function finishReason(script: Script, asked: ChatRequest): string {
  return asked.functions && script.finish === "tool-calls"
    ? "function_call"
    : FINISH[script.finish];
}

function completion(asked: ChatRequest, stamped: Stamp, scripts: readonly Script[]): JsonObject {
  return {
    id: stamped.id,
    object: "chat.completion",
    created: CREATED,
    model: asked.model,
    choices: scripts.map((script, index) => ({
      index,
      message: messageOf(script, asked),
      logprobs: logprobsOf(script.text, asked.topLogprobs),
      finish_reason: finishReason(script, asked),
    })),
    usage: usageOf(scripts),
    service_tier: "default",
    system_fingerprint: FINGERPRINT,
  };
}

function messageOf(script: Script, asked: ChatRequest): JsonObject {
  const silent = script.calls.length > 0 || script.refusal.length > 0;
  return {
    role: "assistant",
    content: silent ? null : script.text.join(""),
    ...(script.reasoning.length > 0 ? { reasoning_content: script.reasoning.join("") } : {}),
    ...callsOf(script.calls, asked),
    refusal: script.refusal.length > 0 ? script.refusal.join("") : null,
    annotations: [],
  };
}

function callsOf(calls: readonly ScriptedCall[], asked: ChatRequest): JsonObject {
  const [first] = calls;
  if (!first) return {};
  if (asked.functions)
    return { function_call: { name: first.name, arguments: first.input.join("") } };
  return { tool_calls: calls.map((call) => toolCall(call, call.input.join(""), asked)) };
}

function toolCall(call: ScriptedCall, input: string, asked: ChatRequest): JsonObject {
  const id = `call_${call.id}`;
  return isCustom(call, asked)
    ? { id, type: "custom", custom: { name: call.name, input } }
    : { id, type: "function", function: { name: call.name, arguments: input } };
}

function isCustom(call: ScriptedCall, asked: ChatRequest): boolean {
  const tool = asked.question.tools.find(({ name }) => name === call.name);
  return tool !== undefined && tool.schema === undefined;
}

/** Each choice was played against the same prompt, which is billed once. */
export function usageOf(scripts: readonly Script[]): JsonObject {
  const sum = (pick: (usage: ScriptedUsage) => number) =>
    scripts.reduce((total, { usage }) => total + pick(usage), 0);
  const input = scripts[0]?.usage.input ?? 0;
  const output = sum((usage) => usage.output);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: scripts[0]?.usage.cached ?? 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: sum((usage) => usage.reasoning),
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function chunks(asked: ChatRequest, stamped: Stamp, scripts: readonly Script[]): readonly Frame[] {
  const envelope = {
    id: stamped.id,
    object: "chat.completion.chunk",
    created: CREATED,
    model: asked.model,
    service_tier: "default",
    system_fingerprint: FINGERPRINT,
  };
  const noUsage = asked.includeUsage ? { usage: null } : {};
  const written = scripts.map((script, index) =>
    choiceDeltas(script, asked).map(({ part, delta, finish, logprobs }) => {
      const choice = { index, delta, logprobs: logprobs ?? null, finish_reason: finish ?? null };
      return sseFrame(part, { ...envelope, choices: [choice], ...noUsage });
    }),
  );
  const usage = sseFrame("usage", { ...envelope, choices: [], usage: usageOf(scripts) });
  return [...inTurns(written), ...(asked.includeUsage ? [usage] : []), DONE];
}

/** The choices of one answer arrive interleaved. */
function inTurns(lists: readonly (readonly Frame[])[]): readonly Frame[] {
  if (lists.length === 1) return lists[0] ?? [];
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat();
}

interface Delta {
  readonly part: Frame["part"];
  readonly delta: JsonObject;
  readonly finish?: string;
  readonly logprobs?: JsonObject | null;
}

function choiceDeltas(script: Script, asked: ChatRequest): readonly Delta[] {
  const silent = script.calls.length > 0 || script.refusal.length > 0;
  const content = silent ? null : "";
  const deltas: Delta[] = [
    { part: "start", delta: { role: "assistant", content, refusal: null } },
    ...script.reasoning.map((piece) => delta({ reasoning_content: piece })),
    ...script.text.map((piece) => ({
      ...delta({ content: piece }),
      logprobs: logprobsOf([piece], asked.topLogprobs),
    })),
    ...script.refusal.map((piece) => delta({ refusal: piece })),
    ...script.calls.flatMap((call, index) => callDeltas(call, index, asked)),
  ];
  deltas.push({ part: "finish", delta: {}, finish: finishReason(script, asked) });
  return deltas;
}

function delta(members: JsonObject): Delta {
  return { part: "delta", delta: members };
}

function callDeltas(call: ScriptedCall, index: number, asked: ChatRequest): readonly Delta[] {
  if (asked.functions) {
    return [
      delta({ function_call: { name: call.name, arguments: "" } }),
      ...call.input.map((piece) => delta({ function_call: { arguments: piece } })),
    ];
  }
  const custom = isCustom(call, asked);
  return [
    delta({ tool_calls: [{ index, ...toolCall(call, "", asked) }] }),
    ...call.input.map((piece) =>
      delta({
        tool_calls: [
          {
            index,
            ...(custom ? { custom: { input: piece } } : { function: { arguments: piece } }),
          },
        ],
      }),
    ),
  ];
}
