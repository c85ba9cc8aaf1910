import type { Block, ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { ReasoningPart } from "../../../chat/message.ts";
import { encodeAnnotation } from "./annotations.ts";
import { extraContent, isOpaque, reasoningDetail } from "./reasoning.ts";

export type DeltaEvent = Extract<
  ChatEvent,
  { type: "text-delta" | "reasoning-delta" | "tool-call-delta" | "annotation" }
>;

/** Gives elements of a chunk's `choices` as JSON text. */
export interface BlockEncoder {
  start(): readonly string[];
  delta(event: DeltaEvent): string | undefined;
  end(): readonly string[];
}

/** What the blocks of one choice must know of those before. */
export interface ChoiceState {
  /** UTF-16 units of text so far: citations count from the start of the joined text. */
  textLength: number;
  /** OpenAI counts tool calls from 0 within a choice. */
  callCount: number;
  /** The next call goes out in the old form, as `function_call`. */
  isOldCall: boolean;
  /** Reasoning without a proof, listed in `reasoning_details` only if another block follows. */
  unlisted?: Omit<ReasoningPart, "type"> | undefined;
}

const FOOT = `},"logprobs":null,"finish_reason":null}`;

export function blockEncoder(choice: number, block: Block, state: ChoiceState): BlockEncoder {
  const head = `{"index":${choice},"delta":{`;
  switch (block.kind) {
    case "text":
      return textEncoder(head, block, state);
    case "refusal":
      return proseEncoder(head, "refusal", []);
    case "reasoning":
      return reasoningEncoder(head, block, state);
    case "tool-call":
      return state.isOldCall && !block.custom
        ? functionCallEncoder(head, block, state)
        : toolCallEncoder(head, block, state);
  }
}

/** In the old form a message calls one function, without an id. */
function functionCallEncoder(
  choiceHead: string,
  { name }: ToolCallBlock,
  state: ChoiceState,
): BlockEncoder {
  state.isOldCall = false;
  return callEncoder({
    opening: deltaChoice(choiceHead, { function_call: { name, arguments: "" } }),
    head: `${choiceHead}"function_call":{"arguments":`,
    foot: `}${FOOT}`,
    mayBeEmpty: false,
  });
}

type ToolCallBlock = Extract<Block, { kind: "tool-call" }>;

function textEncoder(
  head: string,
  block: Extract<Block, { kind: "text" }>,
  state: ChoiceState,
): BlockEncoder {
  const offset = state.textLength;
  const { signature } = block;
  const opening =
    signature === undefined
      ? []
      : [deltaChoice(head, { content: "", extra_content: extraContent(signature) })];
  const prose = proseEncoder(head, "content", opening);
  return {
    ...prose,
    delta(event) {
      if (event.type === "text-delta") {
        state.textLength += event.text.length;
        return prose.delta(event);
      }
      if (event.type !== "annotation") return undefined;
      const annotation = encodeAnnotation(event.annotation, offset);
      return annotation && deltaChoice(head, { annotations: [annotation] });
    },
  };
}

function proseEncoder(
  choiceHead: string,
  member: "content" | "refusal",
  opening: readonly string[],
): BlockEncoder {
  const head = `${choiceHead}"${member}":`;
  return {
    start: () => opening,
    delta(event) {
      if (event.type !== "text-delta") return undefined;
      const text = JSON.stringify(event.text);
      if (!event.logprobs) return head + text + FOOT;
      const tokens = event.logprobs;
      const logprobs =
        member === "content"
          ? { content: tokens, refusal: null }
          : { content: null, refusal: tokens };
      return `${head}${text}},"logprobs":${JSON.stringify(logprobs)},"finish_reason":null}`;
    },
    end: () => [],
  };
}

/**
 * The words go out as they come; what must be sent back with them goes out at the block's end, as
 * one whole detail, so that a client that appends the details has the list a whole answer has.
 */
function reasoningEncoder(
  choiceHead: string,
  block: Extract<Block, { kind: "reasoning" }>,
  state: ChoiceState,
): BlockEncoder {
  const head = `${choiceHead}"reasoning_content":`;
  let text = "";
  let signature: string | undefined;
  let signer: string | undefined;
  let { redacted } = block;

  function detail(part: Omit<ReasoningPart, "type">): string {
    return deltaChoice(choiceHead, { reasoning_details: [reasoningDetail(part)] });
  }

  return {
    start() {
      const { unlisted } = state;
      state.unlisted = undefined;
      return unlisted ? [detail(unlisted)] : [];
    },
    delta(event) {
      if (event.type !== "reasoning-delta") return undefined;
      signature = event.signature ?? signature;
      signer = event.signer ?? signer;
      redacted = event.redacted ?? redacted;
      if (event.text === undefined || event.text === "") return undefined;
      text += event.text;
      return head + JSON.stringify(event.text) + FOOT;
    },
    end() {
      const part = {
        text,
        ...(signature !== undefined && { signature }),
        ...(signer !== undefined && { signer }),
        ...(redacted !== undefined && { redacted }),
      };
      if (isOpaque(part)) return [detail(part)];
      state.unlisted = part;
      return [];
    },
  };
}

function toolCallEncoder(
  choiceHead: string,
  block: ToolCallBlock,
  state: ChoiceState,
): BlockEncoder {
  const { id, name, signature, custom } = block;
  const index = state.callCount;
  state.callCount++;
  const called = custom
    ? { type: "custom", custom: { name, input: "" } }
    : { type: "function", function: { name, arguments: "" } };
  const proof = signature === undefined ? {} : { extra_content: extraContent(signature) };
  const member = custom ? `"custom":{"input":` : `"function":{"arguments":`;
  return callEncoder({
    opening: deltaChoice(choiceHead, { tool_calls: [{ index, id, ...called, ...proof }] }),
    head: `${choiceHead}"tool_calls":[{"index":${index},${member}`,
    foot: `}}]${FOOT}`,
    mayBeEmpty: custom === true,
  });
}

interface CallForm {
  readonly opening: string;
  /** What stands around each piece of the arguments. */
  readonly head: string;
  readonly foot: string;
  readonly mayBeEmpty: boolean;
}

function callEncoder({ opening, head, foot, mayBeEmpty }: CallForm): BlockEncoder {
  let hasArguments = mayBeEmpty;
  return {
    start: () => [opening],
    delta(event) {
      if (event.type !== "tool-call-delta" || event.arguments === "") return undefined;
      hasArguments = true;
      return head + JSON.stringify(event.arguments) + foot;
    },
    // Arguments are JSON text, so a call without any has the empty object.
    end: () => (hasArguments ? [] : [`${head}"{}"${foot}`]),
  };
}

/** `head` is open in `delta`. */
function deltaChoice(head: string, members: JsonObject): string {
  return head + JSON.stringify(members).slice(1, -1) + FOOT;
}
