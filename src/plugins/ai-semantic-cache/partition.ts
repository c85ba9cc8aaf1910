import { createHash } from "node:crypto";
import type { ChatRequest } from "../../chat/request.ts";
import { headerNamed } from "../../framing/header-map.ts";
import type { Call } from "../../gateway/call/call.ts";
import { secretArguments, secretHeaders } from "../../telemetry/redact.ts";
import type { Question } from "./question.ts";

/** A call that a model is to answer. */
export interface Asking {
  readonly call: Call;
  readonly chat: ChatRequest;
  /** The model by the name that the client has for it. */
  readonly model: unknown;
}

/**
 * The calls that share answers, as a digest: whoever is in another one gets none of them, however near the
 * question. `parts` are those of the option `partition_by`.
 */
export function partitionOf(
  asking: Asking,
  question: Question,
  instanceId: string,
  parts: readonly string[],
): string {
  const { files } = question;
  if (parts.includes("none")) return digest([instanceId, files]);
  return digest([
    instanceId,
    modelOf(asking),
    formOf(asking.chat),
    files,
    ...parts.map((part) => [part, partOf(part, asking, question)]),
  ]);
}

/** The key of a question within its partition. */
export function keyOf(partition: string, { exact }: Question): string {
  return digest([partition, exact]);
}

export function digest(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Who answers: the proxy and, where it is decided already, its target; and what the client called it. */
function modelOf({ call: { record }, model }: Asking): readonly unknown[] {
  const { pluginId, targetName, requestModel } = record.ai ?? {};
  return [pluginId, targetName, requestModel, model];
}

/**
 * What an answer may look like, another one could not be read by whoever asks so; and what has no seat in a
 * request, since it may ask for a voice or a search, or go on from what the vendor holds.
 */
function formOf(chat: ChatRequest): readonly unknown[] {
  const { kind, tools, toolChoice, parallelToolCalls, responseFormat, choiceCount, logprobs } =
    chat;
  const { extra, extraFormat } = chat;
  const form = [kind, tools, toolChoice, parallelToolCalls, responseFormat, choiceCount, logprobs];
  return extra ? [...form, extraFormat, extra] : form;
}

function partOf(part: string, asking: Asking, { earlier }: Question): unknown {
  const { call, chat } = asking;
  switch (part) {
    case "system_prompt":
      return chat.messages.filter(({ role }) => role === "system");
    case "history":
      return earlier;
    case "options":
      return shapeOf(chat);
    case "caller":
      return callerOf(call);
    case "consumer":
      return call.consumer?.id;
    case "consumer_group":
      return call.consumer?.groups;
    case "route":
      return call.route.id;
    default:
      return headerNamed(call.request.headers, part.slice("header:".length));
  }
}

/** All that shapes an answer beside what is asked and in which form. */
function shapeOf(chat: ChatRequest): unknown {
  const { model: _, messages: _m, stream: _s, includeUsage: _i, user: _u, ...shape } = chat;
  return shape;
}

/** Who calls: the consumer, else what they prove themselves with, here or to the vendor. */
function callerOf({ consumer, record, request }: Call): unknown {
  if (consumer) return ["consumer", consumer.id];
  if (record.authenticatedEntity) return ["credential", record.authenticatedEntity.id];
  const names = record.secretNames ?? new Set();
  const { headers, search } = request;
  const shown = [...secretHeaders(headers.toJSON(), names), ...secretArguments(search, names)];
  return ["shown", shown];
}
