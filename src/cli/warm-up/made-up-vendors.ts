import type { ChatEvent } from "../../chat/event.ts";
import { expand } from "../../chat/expand.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { anthropicMessages } from "../../formats/anthropic/messages/format.ts";
import { openaiChat } from "../../formats/openai/chat/format.ts";
import type { AnswerContext, WireFormat } from "../../formats/wire-format.ts";
import { bytesOf } from "../../framing/stage.ts";
import { answerParser } from "../../http-client/answer-parser.ts";
import type { Exchange } from "../../http-client/exchange.ts";
import type { ConnectionPool } from "../../http-client/pool.ts";

/** The dialects that are answered in, each with the path where it is. */
export const VENDOR_PATHS = {
  "/chat/completions": openaiChat,
  "/messages": anthropicMessages,
} as const satisfies Readonly<Record<string, WireFormat>>;

/**
 * In the place of connections: vendors that answer at once, without a socket. What is written and read
 * is HTTP, so that the code around a connection is at work as well.
 */
export function madeUpVendors(): ConnectionPool {
  const answers = new Map(
    Object.entries(VENDOR_PATHS).map(([path, format]) => [path, answersIn(format)]),
  );
  const send = (path: string, exchange: Exchange) => {
    const answer = answers.get(path);
    if (!answer) throw new TypeError(`no made-up vendor is at ${path}`);
    exchange.on({ destroy: () => undefined, pause: () => undefined, resume: () => undefined });
    const parser = answerParser({
      head: (status, headers) => exchange.answered(status, headers),
      body: (bytes) => exchange.arrived(bytes),
      end: () => exchange.ended(),
    });
    const request = Buffer.concat(exchange.takePieces().filter((piece) => piece !== undefined));
    const bytes = request.includes('"stream":true') ? answer.stream : answer.whole;
    queueMicrotask(() => {
      exchange.begun();
      parser.expect(exchange.method);
      // A parser may write over what it is given.
      parser.push(Buffer.from(bytes));
    });
  };
  return {
    sendPooled(url, exchange) {
      send(url.path, exchange);
      return true;
    },
    sendAfresh: (url, exchange) => send(url.path, exchange),
  };
}

const CONTEXT: AnswerContext = {
  model: "made-up",
  requestId: "made-up",
  created: 0,
  includeUsage: true,
};

const WORDS = [...Array(40).keys()].map((index) => `word ${index}, "said" `);

const ANSWER: ChatResponse = {
  id: "made-up",
  model: "made-up",
  choices: [{ content: [{ type: "text", text: WORDS.join("") }], finishReason: "stop" }],
  usage: { promptTokens: 20, completionTokens: 40, totalTokens: 60 },
};

/** An answer as it comes over a connection, at once and as a stream. */
function answersIn(format: WireFormat): { readonly whole: Buffer; readonly stream: Buffer } {
  const body = Buffer.from(JSON.stringify(format.encodeResponse(ANSWER, CONTEXT)));
  const encoder = format.streamEncoder(CONTEXT);
  const pieces = [...eventsOf(ANSWER).flatMap((event) => encoder.push(event)), ...encoder.end()];
  return {
    whole: Buffer.concat([head("application/json", `content-length: ${body.length}`), body]),
    stream: Buffer.concat([
      head(format.streamContentType, "transfer-encoding: chunked"),
      ...pieces.map((piece) => chunk(bytesOf(piece))),
      Buffer.from("0\r\n\r\n"),
    ]),
  };
}

/** With an event for each word, as models say them. */
function eventsOf(answer: ChatResponse): readonly ChatEvent[] {
  return expand(answer).flatMap<ChatEvent>((event) =>
    event.type === "text-delta" ? WORDS.map((text) => ({ ...event, text })) : [event],
  );
}

function head(contentType: string, framing: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\n${framing}\r\nserver: made-up\r\n\r\n`,
  );
}

function chunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ]);
}
