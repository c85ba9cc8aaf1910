import type { Asked, Desk, Dialect, Frame, Reply } from "../dialect.ts";
import { type HeaderLine, type HttpRequest, utf8 } from "../http/request.ts";
import type { JsonObject } from "../json-schema.ts";
import { type LabModel, readModelName } from "../models.ts";
import { randomness } from "../randomness.ts";
import type { Script } from "../scenario.ts";
import { type AnswerFacts, blocked, candidate, candidateChunks, usageOf } from "./gemini-answer.ts";
import {
  checkKey,
  type GeminiCall,
  GeminiRefusal,
  geminiError,
  geminiStatusError,
  geminiText,
  readGeminiPath,
  readJson,
} from "./gemini-http.ts";
import { type GeminiRequest, readGeminiRequest } from "./gemini-request.ts";
import { PUBLIC_REQUEST, VERTEX_REQUEST } from "./gemini-shape.ts";
import { TOO_LONG } from "./too-long.ts";

/** https://ai.google.dev/api/generate-content, and Vertex AI's form of it. */
export const gemini: Dialect = {
  name: "gemini",
  serves: ({ path }) => readGeminiPath(path) !== undefined,
  receive: (request, desk) =>
    orRefusal(() => {
      const call = readGeminiPath(request.path);
      if (!call) throw new GeminiRefusal(404, "The requested URL was not found on this server.");
      checkKey(request, desk, call.isVertex);
      const definition = call.isVertex ? VERTEX_REQUEST : PUBLIC_REQUEST;
      const lenient = hasTrait(call.model, desk, "lenient");
      const asked = readGeminiRequest(readJson(request), definition, call.model, lenient);
      return answerTo(asked, call, { request, desk });
    }),
};

function hasTrait(model: string, desk: Desk, wanted: LabModel): boolean {
  const traits = [...desk.traits, ...(readModelName(model) ?? [])];
  return traits.some(({ name }) => name === wanted);
}

function orRefusal<T>(read: () => T): T | Reply {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GeminiRefusal)) throw error;
    return geminiError(error.status, error.message, error.details);
  }
}

/** Chunks are events with `alt=sse`, else the elements of one array. */
interface Framing {
  readonly headers: readonly HeaderLine[];
  readonly keepAlive: Uint8Array;
  frames(chunks: readonly Chunk[]): readonly Frame[];
  error(body: JsonObject): readonly Frame[];
}

interface Chunk {
  readonly part: Frame["part"];
  readonly data: JsonObject;
}

const COMMON: readonly HeaderLine[] = [
  ["vary", "Origin, X-Origin, Referer"],
  ["server", "scaffolding on HTTPServer2"],
  ["x-xss-protection", "0"],
];
const JSON_HEADERS: readonly HeaderLine[] = [
  ["content-type", "application/json; charset=UTF-8"],
  ...COMMON,
];

const EVENTS: Framing = {
  headers: [["content-type", "text/event-stream"], ...COMMON],
  keepAlive: utf8(": keep-alive\r\n\r\n"),
  frames: (chunks) => chunks.map(({ part, data }) => ({ part, bytes: event(data) })),
  error: (body) => [{ part: "error", bytes: event(body) }],
};

function event(data: JsonObject): Uint8Array {
  return utf8(`data: ${JSON.stringify(data)}\r\n\r\n`);
}

const ARRAY: Framing = {
  headers: JSON_HEADERS,
  keepAlive: utf8("\n"),
  frames: (chunks) => [
    ...chunks.map(({ part, data }, i) => ({
      part,
      bytes: utf8(`${i === 0 ? "[" : ",\r\n"}${JSON.stringify(data, null, 2)}`),
    })),
    { part: "done", bytes: utf8(chunks.length === 0 ? "[]\r\n" : "\r\n]\r\n") },
  ],
  error: (body) => [
    { part: "error", bytes: utf8(`,\r\n${JSON.stringify(body, null, 2)}\r\n]\r\n`) },
  ],
};

function answerTo(
  asked: GeminiRequest,
  call: GeminiCall,
  { request, desk }: { request: HttpRequest; desk: Desk },
): Asked {
  const { model } = call;
  const framing = request.query.get("alt") === "sse" ? EVENTS : ARRAY;
  const facts = factsOf(asked, model, desk, request);
  return {
    type: "asked",
    model,
    stream: call.stream,
    choices: asked.choices,
    question: asked.question,
    headers: JSON_HEADERS,
    streamHeaders: framing.headers,
    whole: (scripts) => geminiText(whole(scripts, facts)),
    frames: (scripts) => framing.frames(chunksOf(scripts, facts)),
    error: (status) => geminiStatusError(status, model),
    tooLong: TOO_LONG.gemini,
    errorFrames: (status) => framing.error(JSON.parse(geminiStatusError(status, model).body)),
    keepAlive: framing.keepAlive,
  };
}

function factsOf(
  asked: GeminiRequest,
  model: string,
  desk: Desk,
  request: HttpRequest,
): AnswerFacts {
  const isNew = model.includes("gemini-3");
  const random = randomness(desk.seed, `${request.path}\n${Buffer.from(request.body)}`);
  return {
    head: { modelVersion: model, responseId: random.token(22) },
    includeThoughts: asked.includeThoughts,
    topLogprobs: asked.topLogprobs,
    signature:
      isNew || hasTrait(model, desk, "reasoning")
        ? Buffer.from(random.token(24)).toString("base64")
        : undefined,
    hasCallIds: isNew,
  };
}

function whole(scripts: readonly Script[], facts: AnswerFacts): JsonObject {
  const usageMetadata = usageOf(scripts);
  const { head } = facts;
  if (scripts.length === 0) return { usageMetadata, ...head };
  const feedback = blocked(scripts);
  if (feedback) return { ...feedback, usageMetadata, ...head };
  return {
    candidates: scripts.map((script, index) => candidate(script, index, facts)),
    usageMetadata,
    ...head,
  };
}

/** The candidates of one answer arrive interleaved; each chunk tells the usage so far. */
function chunksOf(scripts: readonly Script[], facts: AnswerFacts): readonly Chunk[] {
  const { head } = facts;
  const total = usageOf(scripts);
  if (scripts.length === 0) return [{ part: "usage", data: { usageMetadata: total, ...head } }];
  const feedback = blocked(scripts);
  if (feedback) {
    return [{ part: "finish", data: { ...feedback, usageMetadata: total, ...head } }];
  }
  const { promptTokenCount } = total;
  const soFar = { promptTokenCount, totalTokenCount: promptTokenCount };
  const lists = scripts.map((script, index) => candidateChunks(script, index, facts));
  return inTurns(lists).map((written): Chunk => {
    const isLast = written["finishReason"] !== undefined;
    const usageMetadata = isLast ? total : soFar;
    const data = { candidates: [written], usageMetadata, ...head };
    return { part: isLast ? "finish" : "delta", data };
  });
}

function inTurns<Item>(lists: readonly (readonly Item[])[]): readonly Item[] {
  const longest = Math.max(...lists.map((list) => list.length));
  const turns: Item[] = [];
  for (let at = 0; at < longest; at += 1) {
    for (const list of lists) turns.push(...list.slice(at, at + 1));
  }
  return turns;
}
