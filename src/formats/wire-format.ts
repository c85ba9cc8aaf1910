import type { GatewayError } from "../chat/error.ts";
import type { ChatEvent } from "../chat/event.ts";
import type { JsonObject } from "../chat/json.ts";
import type { ChatRequest, Notice } from "../chat/request.ts";
import type { ChatResponse } from "../chat/response.ts";
import type { ReadHeaders } from "../framing/header-map.ts";
import type { Piece, Stage } from "../framing/stage.ts";
import type { AnswerDecoder } from "./answer-stream.ts";
import type { Intent } from "./intent.ts";

/**
 * A vendor's dialect, both ways. The client side (`decodeRequest`, `encode…`) is used when a client
 * speaks it, the provider side (`encodeRequest`, `decode…`) when a provider does.
 *
 * Decoders throw `GatewayError`: `invalid_request` for a client's wire, `upstream_bad_response` for
 * a vendor's. Nothing here does I/O.
 */
export interface WireFormat {
  readonly name: string;
  /** `Content-Type` of a streamed answer in this format, as written to a client. */
  readonly streamContentType: string;
  /** What the reference says of an answer that is not this format's JSON at all. */
  readonly undecodable: string;
  /** What the reference says of a whole answer without text, where it has words of its own for that. */
  emptyAnswer?(response: ChatResponse): string;
  /** Bytes that end every stream, where the format has such; added when a vendor forgets them. */
  readonly streamTerminator?: string;
  /** How clients ask how long a prompt is, where the dialect has such a call. */
  readonly tokenCount?: TokenCount;
  /** Of a dialect whose requests name their model in the path. */
  readonly modelPath?: ModelPath;
  /** How it lists models; absent where nobody asks for them in it. */
  readonly modelList?: ModelListWriter;
  /** Headers that mean something in this dialect alone: no other vendor is sent them. */
  readonly ownHeaders?: RegExp;
  /** Status of a refusal for want of money, where clients of it do not stop at 402. */
  readonly spentStatus?: 429;
  /** What a request asks for, without its being decoded. */
  readonly intent: Intent;
  /** Answers tell again what was asked, so that who writes one needs the whole request (`AnswerContext.request`). */
  readonly answersRepeatRequest?: true;
  /** Throws `invalid_request` for a request that can be served by vendors of this dialect alone. */
  checkTranslatable?(wire: JsonObject): void;
  decodeRequest(wire: JsonObject): ChatRequest;
  encodeRequest(chat: ChatRequest): EncodedRequest;
  /** Sets these members and keeps every other as it stands, unknown ones too; `wire` itself when nothing changes. */
  patchRequest(wire: JsonObject, patch: RequestPatch): JsonObject;
  /** The answer within a parsed body, for an API that may wrap it in a list. */
  answerOf?(body: unknown): unknown;
  /** Where the dialect needs not be decoded for that; see `withMessages`. */
  addMessages?(wire: JsonObject, added: AddedMessages): WithMessages | undefined;
  /** Where a place in the canonical request stands in the wire; absent where it is called the same. */
  wirePath?(path: Path, wire: JsonObject, chat: () => ChatRequest): Path;
  /** A path under the names that the client used, of members that have two. */
  ownPath?(path: Path, wire: JsonObject): Path;
  decodeResponse(wire: JsonObject): ChatResponse;
  encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject;
  /** One decoder per answer; never shared. Ends with an `error` event when the bytes stop before the answer does. */
  streamDecoder(context: StreamDecoderContext): AnswerDecoder;
  streamEncoder(context: AnswerContext): Stage<ChatEvent, Piece>;
  /** Drops the usage report that was asked for on our own account; every other byte stays. */
  withoutUsage?(): Stage<Uint8Array, Uint8Array>;
  /** A vendor's error answer, whatever its shape; `body` is parsed JSON or text. Some say its kind in a header. */
  decodeError(status: number, body: unknown, headers?: ReadHeaders): GatewayError;
  encodeError(error: GatewayError, requestId: string): JsonObject;
  /** A vendor's error body of this very dialect, with what clients of it read and it lacks; `body` itself when that is nothing. */
  completeError?(body: JsonObject, error: GatewayError): JsonObject;
}

/** The call that asks how many tokens a prompt has: the same request at another address. */
export interface TokenCount {
  /** Whether a client's path is that of the call. */
  isAsked(path: string): boolean;
  /** The same of a vendor's path, from that for answers; undefined where it is none that the vendor's own API has. */
  pathFrom(path: string): string | undefined;
  encode(tokens: number): JsonObject;
}

export interface ModelPath {
  /** Whether a client's path is that of a request which is answered. */
  isAsked(path: string): boolean;
  /** The same path for another model; it may be that of a token count. */
  withModel(path: string, model: string): string;
}

/** A model as it is shown to clients. */
export interface ShownModel {
  readonly id: string;
  /** Unix seconds; absent where nobody knows. */
  readonly createdS?: number;
}

export interface ModelListWriter {
  /** All of them, on one page. */
  all(models: readonly ShownModel[]): JsonObject;
  one(model: ShownModel): JsonObject;
}

/** Names of members, and places in lists: `["messages", 0, "content"]`. */
export type Path = readonly (string | number)[];

export interface EncodedRequest {
  readonly wire: JsonObject;
  readonly notices: readonly Notice[];
}

/** What may be set without leaving the format: an absent member stays as the client wrote it. */
export type RequestPatch = Partial<
  Pick<
    ChatRequest,
    "model" | "maxTokens" | "temperature" | "topP" | "topK" | "stream" | "includeUsage"
  >
>;

/** Words that somebody other than the client puts before and after the client's. */
export interface AddedMessages {
  readonly prepend: readonly AddedMessage[];
  readonly append: readonly AddedMessage[];
}

export type AddedMessage = {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
};

/** A request with messages added, every other member as it stands. */
export interface WithMessages {
  readonly wire: JsonObject;
  /** How many stand before the client's own in the list of messages. */
  readonly prepended: number;
  /** What the dialect could not say of them. */
  readonly notices: readonly Notice[];
}

/** What the gateway knows of an answer that the vendor may not say. */
export interface AnswerContext {
  /** The model asked for, used where the vendor names none. */
  readonly model: string;
  /** For ids that the vendor does not give. */
  readonly requestId: string;
  /** Unix seconds, used where the vendor gives no time; constant across a stream. */
  readonly created: number;
  /** The client asked for a usage report in the stream. */
  readonly includeUsage: boolean;
  /** The client knows calls of functions in OpenAI's old form alone: `function_call`. */
  readonly oldFunctionCalls?: boolean;
  /** The client's own request, in a dialect whose answers repeat it. */
  readonly request?: JsonObject;
}

export interface StreamDecoderContext {
  /** The upstream's `Content-Type` without parameters: the framing is chosen by it, not by the vendor. */
  readonly contentType: string;
}
