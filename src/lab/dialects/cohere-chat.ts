import { DONE, type Frame, typedSseFrame } from "../dialect.ts";
import { utf8 } from "../http/request.ts";
import { isObject, type JsonObject } from "../json-schema.ts";
import { type Script, type ScriptedCall, wordsOf } from "../scenario.ts";
import { CHAT, chatQuestion, checkChatRules } from "./cohere-chat-shape.ts";
import { cohereDialect } from "./cohere-dialect.ts";
import { type CohereStamp, cohereUnits, FINISH } from "./cohere-http.ts";

/** https://docs.cohere.com/reference/chat, the second version. */
export const cohereChat = cohereDialect({
  name: "cohere-chat",
  path: "/v2/chat",
  doc: "https://docs.cohere.com/reference/chat",
  shape: CHAT,
  streamType: "text/event-stream",
  check: checkChatRules,
  answer(wire, stamp) {
    const thinks = !isObject(wire["thinking"]) || wire["thinking"]["type"] !== "disabled";
    const asked = { logprobs: wire["logprobs"] === true, thinks, documents: wire["documents"] };
    return {
      question: chatQuestion(wire),
      whole: (scripts) => answer(stamp, asked, scripts),
      frames: (scripts) => events(stamp, asked, scripts),
      failed: ({ body }) => [
        typedSseFrame("error", "message-end", {
          delta: { error: JSON.parse(body).message, finish_reason: "ERROR" },
        }),
      ],
      keepAlive: utf8(": ping\n\n"),
    };
  },
});

interface ChatAsked {
  readonly logprobs: boolean;
  readonly thinks: boolean;
  readonly documents: unknown;
}

function answer(stamp: CohereStamp, asked: ChatAsked, scripts: readonly Script[]): JsonObject {
  const [script] = scripts;
  if (!script) return { id: stamp.id, usage: cohereUnits([]) };
  const calls = script.calls.map((call) => toolCall(call, call.input.join("")));
  const text = wordsOf(script).join("");
  const thought = asked.thinks ? script.reasoning.join("") : "";
  const content = [
    ...(thought === "" ? [] : [{ type: "thinking", thinking: thought }]),
    ...(text === "" ? [] : [{ type: "text", text }]),
  ];
  const citation = citationOf(asked, text, content.length - 1);
  return {
    id: stamp.id,
    finish_reason: FINISH[script.finish],
    message: {
      role: "assistant",
      ...(content.length > 0 && { content }),
      ...(calls.length > 0 && { tool_plan: PLAN.join(""), tool_calls: calls }),
      ...(citation && { citations: [citation] }),
    },
    usage: cohereUnits(scripts),
    ...(asked.logprobs && { logprobs: wordsOf(script).map(logprobOf) }),
  };
}

const PLAN = ["I will ", "use the tools ", "to find out."];

function toolCall(call: ScriptedCall, input: string): JsonObject {
  const id = `${call.name}_${call.id.slice(0, 12).toLowerCase()}`;
  return { id, type: "function", function: { name: call.name, arguments: input } };
}

/** A given document is cited with the first words of the answer. */
function citationOf(asked: ChatAsked, text: string, item: number): JsonObject | undefined {
  const [first] = Array.isArray(asked.documents) ? asked.documents : [];
  if (first === undefined || text === "") return undefined;
  const data = isObject(first) && isObject(first["data"]) ? first["data"] : { snippet: first };
  const id = isObject(first) && typeof first["id"] === "string" ? first["id"] : "doc:0";
  const end = Math.min(8, text.length);
  return {
    start: 0,
    end,
    text: text.slice(0, end),
    sources: [{ type: "document", id, document: { id, ...data } }],
    content_index: item,
    type: "TEXT_CONTENT",
  };
}

function logprobOf(piece: string, at: number): JsonObject {
  return { text: piece, token_ids: [1000 + at], logprobs: [-0.125] };
}

function events(
  stamp: CohereStamp,
  asked: ChatAsked,
  scripts: readonly Script[],
): readonly Frame[] {
  const start = {
    role: "assistant",
    content: [],
    tool_plan: "",
    tool_calls: [],
    citations: [],
  };
  const [script] = scripts;
  const finish = script ? { finish_reason: FINISH[script.finish] } : {};
  return [
    typedSseFrame("start", "message-start", { id: stamp.id, delta: { message: start } }),
    ...(script ? said(script, asked) : []),
    typedSseFrame("finish", "message-end", { delta: { ...finish, usage: cohereUnits(scripts) } }),
    DONE,
  ];
}

function said(script: Script, asked: ChatAsked): readonly Frame[] {
  const thought = asked.thinks ? script.reasoning : [];
  const text = wordsOf(script);
  const item = thought.length > 0 ? 1 : 0;
  const citation = citationOf(asked, text.join(""), item);
  const citations = citation
    ? [message("citation-start", 0, { citations: citation }), message("citation-end", 0)]
    : [];
  return [
    ...(thought.length > 0 ? contentItem("thinking", 0, thought, false) : []),
    ...(text.length > 0 ? contentItem("text", item, text, asked.logprobs, citations) : []),
    ...(script.calls.length > 0
      ? PLAN.map((piece) =>
          typedSseFrame("delta", "tool-plan-delta", { delta: { message: { tool_plan: piece } } }),
        )
      : []),
    ...script.calls.flatMap(callEvents),
  ];
}

function contentItem(
  type: "text" | "thinking",
  index: number,
  pieces: readonly string[],
  logprobs: boolean,
  citations: readonly Frame[] = [],
): readonly Frame[] {
  return [
    message("content-start", index, { content: { type, [type]: "" } }),
    ...pieces.map((piece, at) =>
      typedSseFrame("delta", "content-delta", {
        index,
        delta: { message: { content: { [type]: piece } } },
        ...(logprobs && { logprobs: logprobOf(piece, at) }),
      }),
    ),
    ...citations,
    message("content-end", index),
  ];
}

function callEvents(call: ScriptedCall, index: number): readonly Frame[] {
  return [
    message("tool-call-start", index, { tool_calls: toolCall(call, "") }),
    ...call.input.map((piece) =>
      typedSseFrame("delta", "tool-call-delta", {
        index,
        delta: { message: { tool_calls: { function: { arguments: piece } } } },
      }),
    ),
    message("tool-call-end", index),
  ];
}

function message(type: string, index: number, members?: JsonObject): Frame {
  return typedSseFrame("other", type, { index, ...(members && { delta: { message: members } }) });
}
