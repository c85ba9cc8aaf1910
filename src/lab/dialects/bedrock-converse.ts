import { encodeAwsMessage } from "../../framing/aws-event-stream-encoder.ts";
import type { Asked, Desk, Dialect, Frame, Reply } from "../dialect.ts";
import { type HttpRequest, utf8 } from "../http/request.ts";
import type { JsonObject } from "../json-schema.ts";
import { readModelName } from "../models.ts";
import { randomness } from "../randomness.ts";
import type { Script, ScriptedUsage } from "../scenario.ts";
import {
  BedrockRefusal,
  bedrockError,
  bedrockStatusError,
  bedrockStreamError,
  checkCredential,
  requestId,
} from "./bedrock-http.ts";
import { type ConverseRequest, readConverseRequest } from "./bedrock-request.ts";
import { sealOf } from "./bedrock-rules.ts";
import { TOO_LONG } from "./too-long.ts";

const PATH = /^\/model\/([^/]+)\/converse(-stream)?$/;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html: the path names the model. */
export const bedrockConverse: Dialect = {
  name: "bedrock-converse",
  serves: ({ path }) => PATH.test(path),
  receive: (request, desk) =>
    orRefusal(() => {
      checkCredential(request, desk.keys);
      const match = PATH.exec(request.path);
      const model = decodeURIComponent(match?.[1] ?? "");
      const asked = readConverseRequest(request, model, isLenient(model, desk));
      return answerTo(asked, { model, stream: match?.[2] !== undefined }, request);
    }),
};

function isLenient(model: string, desk: Desk): boolean {
  const traits = [...desk.traits, ...(readModelName(model) ?? [])];
  return traits.some(({ name }) => name === "lenient");
}

function orRefusal<T>(read: () => T): T | Reply {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BedrockRefusal)) throw error;
    return bedrockError(error.status, error.type, error.message);
  }
}

function answerTo(
  asked: ConverseRequest,
  operation: { readonly model: string; readonly stream: boolean },
  request: HttpRequest,
): Asked {
  const id = requestId(`${request.path}\n${Buffer.from(request.body)}`);
  return {
    type: "asked",
    ...operation,
    choices: 1,
    question: asked.question,
    headers: [
      ["content-type", "application/json"],
      ["x-amzn-requestid", id],
    ],
    streamHeaders: [
      ["content-type", "application/vnd.amazon.eventstream"],
      ["x-amzn-requestid", id],
    ],
    whole: ([script]) => JSON.stringify(script ? converse(script, asked) : { metrics: METRICS }),
    frames: ([script]) =>
      script ? converseStream(script, asked) : [event("messageStart", ROLE, "start")],
    error: bedrockStatusError,
    tooLong: TOO_LONG.bedrock,
    errorFrames: (status) => [exception(status)],
    keepAlive: event("keepAlive", {}).bytes,
  };
}

const METRICS = { latencyMs: 7 };
const ROLE = { role: "assistant" };

function stopReason(script: Script, asked: ConverseRequest): string {
  switch (script.finish) {
    case "stop":
      return endsAtStopWord(script, asked) ? "stop_sequence" : "end_turn";
    case "length":
      return "max_tokens";
    case "tool-calls":
      return "tool_use";
    case "content-filter":
      return asked.guarded ? "guardrail_intervened" : "content_filtered";
  }
}

/** The lab's plain sentences end with a full stop; one that was stopped does not. */
function endsAtStopWord(script: Script, { question }: ConverseRequest): boolean {
  return question.stop.length > 0 && !/[.”}]$/.test(script.text.join(""));
}

function converse(script: Script, asked: ConverseRequest): JsonObject {
  return {
    metrics: METRICS,
    output: { message: { content: contentOf(script), role: "assistant" } },
    stopReason: stopReason(script, asked),
    usage: usageOf(script.usage),
    ...(asked.tier === undefined ? {} : { serviceTier: { type: asked.tier } }),
    ...(asked.guarded ? { trace: { guardrail: { modelOutput: [] } } } : {}),
  };
}

function contentOf(script: Script): readonly JsonObject[] {
  const thought = script.reasoning.join("");
  const said = [...script.text, ...script.refusal].join("");
  return [
    ...(thought === ""
      ? []
      : [{ reasoningContent: { reasoningText: { signature: sealOf(thought), text: thought } } }]),
    ...(said === "" ? [] : [{ text: said }]),
    ...script.calls.map((call) => ({
      toolUse: {
        input: inputOf(call.input.join("")),
        name: call.name,
        toolUseId: `tooluse_${call.id}`,
      },
    })),
  ];
}

/** Arguments that the token limit cut off are no JSON; Bedrock gives what was whole, which is nothing. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function usageOf(usage: ScriptedUsage): JsonObject {
  return {
    cacheReadInputTokens: usage.cached,
    cacheWriteInputTokens: 0,
    inputTokens: usage.input - usage.cached,
    outputTokens: usage.output,
    totalTokens: usage.input + usage.output,
  };
}

function converseStream(script: Script, asked: ConverseRequest): readonly Frame[] {
  const said = [...script.text, ...script.refusal];
  const thought = script.reasoning.join("");
  const blocks: Frame[][] = [];
  if (thought !== "") {
    const deltas: JsonObject[] = script.reasoning.map((text) => ({ reasoningContent: { text } }));
    deltas.push({ reasoningContent: { signature: sealOf(thought) } });
    blocks.push(blockFrames(blocks.length, deltas));
  }
  if (said.length > 0)
    blocks.push(
      blockFrames(
        blocks.length,
        said.map((text) => ({ text })),
      ),
    );
  for (const call of script.calls) {
    const toolUse = { name: call.name, toolUseId: `tooluse_${call.id}` };
    const deltas = call.input.map((input) => ({ toolUse: { input } }));
    blocks.push(blockFrames(blocks.length, deltas, { toolUse }));
  }
  return [
    event("messageStart", ROLE, "start"),
    ...blocks.flat(),
    event("messageStop", { stopReason: stopReason(script, asked) }, "finish"),
    event(
      "metadata",
      {
        metrics: METRICS,
        usage: usageOf(script.usage),
        ...(asked.tier === undefined ? {} : { serviceTier: { type: asked.tier } }),
      },
      "usage",
    ),
  ];
}

/** Only calls of tools have a start. */
function blockFrames(
  contentBlockIndex: number,
  deltas: readonly JsonObject[],
  start?: JsonObject,
): Frame[] {
  return [
    ...(start ? [event("contentBlockStart", { contentBlockIndex, start }, "delta")] : []),
    ...deltas.map((delta) => event("contentBlockDelta", { contentBlockIndex, delta }, "delta")),
    event("contentBlockStop", { contentBlockIndex }),
  ];
}

/** Bedrock fills its events up with a padding `p`, so that their length tells nothing. */
function event(type: string, payload: JsonObject, part: Frame["part"] = "other"): Frame {
  const p = "abcdefghijklmnopqrstuvwxyz".slice(
    0,
    randomness(0, JSON.stringify(payload)).integer(1, 26),
  );
  const text = JSON.stringify({ ...payload, p });
  const message = (body: string) =>
    encodeAwsMessage(
      { ":event-type": type, ":content-type": "application/json", ":message-type": "event" },
      utf8(body),
    );
  return { part, bytes: message(text), withText: (change) => message(change(text)) };
}

function exception(status: number): Frame {
  const { event: type, message } = bedrockStreamError(status);
  const text = JSON.stringify({ message });
  const exceptionOf = (body: string) =>
    encodeAwsMessage(
      {
        ":exception-type": type,
        ":content-type": "application/json",
        ":message-type": "exception",
      },
      utf8(body),
    );
  return {
    part: "error",
    bytes: exceptionOf(text),
    withText: (change) => exceptionOf(change(text)),
  };
}
