import type { GatewayError } from "../../../chat/error.ts";
import type { Block, ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Told } from "../../answer-encoder.ts";
import type { AnswerContext } from "../../wire-format.ts";
import {
  callItem,
  type Emit,
  type ItemPlace,
  type MessageItem,
  messageItem,
  type OpenBlock,
  type OutputItem,
  proofItem,
  reasoningItem,
} from "./output-items.ts";
import { toolSeats } from "./tools.ts";
import { encodeUsage } from "./usage.ts";

type EventOf<Type extends ChatEvent["type"]> = Extract<ChatEvent, { type: Type }>;

export type AnswerBuilder = ReturnType<typeof answerBuilder>;

/**
 * Builds one answer from its events and tells `emit` what a stream tells of it, so that both are the same.
 * https://platform.openai.com/docs/api-reference/responses-streaming
 */
export function answerBuilder(context: AnswerContext, emit: Emit) {
  const request = context.request ?? {};
  const seats = toolSeats(request);
  const output: OutputItem[] = [];
  let head = { id: `resp_${context.requestId}`, model: context.model, created: context.created };
  let message: MessageItem | undefined;
  let hasRefused = false;

  function response(status: string, told: Told = {}, error: GatewayError | undefined = undefined) {
    const { finish, usage } = told;
    return {
      id: head.id,
      object: "response",
      created_at: head.created,
      status,
      background: false,
      completed_at: null,
      error: error ? errorMember(error) : null,
      incomplete_details: status === "incomplete" ? { reason: whyIncomplete(finish) } : null,
      instructions: request["instructions"] ?? null,
      max_output_tokens: request["max_output_tokens"] ?? null,
      model: head.model,
      output: output.map((item) => item.wire()),
      parallel_tool_calls: request["parallel_tool_calls"] ?? true,
      previous_response_id: null,
      reasoning: request["reasoning"] ?? { effort: null, summary: null },
      service_tier: usage?.serviceTier ?? request["service_tier"] ?? "default",
      store: false,
      temperature: request["temperature"] ?? null,
      text: request["text"] ?? { format: { type: "text" } },
      tool_choice: request["tool_choice"] ?? "auto",
      tools: request["tools"] ?? [],
      top_p: request["top_p"] ?? null,
      truncation: "disabled",
      usage: usage ? encodeUsage(usage) : null,
      user: request["user"] ?? null,
      metadata: request["metadata"] ?? {},
    } satisfies JsonObject;
  }

  function place(kind: string): ItemPlace {
    const at = output.length;
    return { id: `${kind}_${context.requestId}_${at}`, at, emit };
  }

  function add<Item extends OutputItem>(item: Item): Item {
    output.push(item);
    return item;
  }

  function open(block: Block): OpenBlock {
    if (block.kind === "text" || block.kind === "refusal") return openWords(block);
    message?.finish();
    message = undefined;
    if (block.kind === "reasoning") return add(reasoningItem(place("rs"), block));
    if (block.signature !== undefined) add(proofItem(place("rs"), block.signature));
    const known = seats.get(block.name);
    const isText = block.custom === true;
    const seat = known ?? { name: block.name, isCustom: isText };
    const id = place(seat.isCustom ? "ctc" : "fc");
    return add(callItem(id, { callId: block.id, seat, isText }));
  }

  function openWords(block: Extract<Block, { kind: "text" | "refusal" }>): OpenBlock {
    if (block.kind === "refusal") hasRefused = true;
    else if (block.signature !== undefined) {
      message?.finish();
      message = undefined;
      add(proofItem(place("rs"), block.signature));
    }
    message ??= add(messageItem(place("msg")));
    return message.begin(block.kind);
  }

  return {
    start(event: EventOf<"message-start">) {
      // Another vendor's id names nothing that could be asked for here.
      const id = event.id.startsWith("resp_") ? event.id : head.id;
      const { model, created } = event;
      head = { id, model: model || head.model, created: created ?? head.created };
      emit("response.created", { response: response("in_progress") });
      emit("response.in_progress", { response: response("in_progress") });
    },
    open,
    fail(error: GatewayError) {
      emit("response.failed", { response: response("failed", {}, error) });
    },
    /** The whole answer. */
    end(told: Told): JsonObject {
      message?.finish();
      const reason = told.finish?.reason;
      const isCut = reason === "length" || (reason === "content_filter" && !hasRefused);
      const status = isCut ? "incomplete" : "completed";
      const whole = response(status, told);
      emit(`response.${status}`, { response: whole });
      return whole;
    },
  };
}

function whyIncomplete(finish: Told["finish"]): string {
  return finish?.reason === "content_filter" ? "content_filter" : "max_output_tokens";
}

/** A code that OpenAI has for it, or the vendor's own. */
function errorMember({ code, message, vendor }: GatewayError): JsonObject {
  const own = code === "rate_limited" ? "rate_limit_exceeded" : "server_error";
  return { code: vendor?.code ?? own, message };
}
