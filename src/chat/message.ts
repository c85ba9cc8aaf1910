import type { JsonObject } from "./json.ts";

/**
 * One turn of a conversation. Turns stand in the order they were said; several system turns may
 * stand anywhere. Content is a list of parts, never a bare string.
 */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export interface SystemMessage {
  readonly role: "system";
  readonly content: readonly TextPart[];
  /** The wire called it `developer` (OpenAI's newer word for the same seat). */
  readonly developer?: true;
  readonly name?: string;
}

export interface UserMessage {
  readonly role: "user";
  readonly content: readonly (TextPart | FilePart)[];
  readonly name?: string;
}

export interface AssistantMessage {
  readonly role: "assistant";
  readonly content: readonly AssistantPart[];
  readonly name?: string;
}

/** The result of one tool call. */
export interface ToolMessage {
  readonly role: "tool";
  readonly callId: string;
  readonly content: readonly (TextPart | FilePart)[];
  /** The tool ran and failed; the content says how. */
  readonly failed?: true;
}

export type AssistantPart = TextPart | RefusalPart | ReasoningPart | ToolCallPart | FilePart;

export interface TextPart {
  readonly type: "text";
  readonly text: string;
  readonly annotations?: readonly Annotation[];
  /** A prompt-cache point after this part. */
  readonly cache?: CachePoint;
  /** A vendor's opaque proof over this part, to be sent back unchanged (Gemini's thought signature). */
  readonly signature?: string;
}

export interface RefusalPart {
  readonly type: "refusal";
  readonly text: string;
}

/** Reasoning shown or hidden. `signature` and `redacted` are opaque and go back to the vendor unchanged. */
export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
  readonly signature?: string;
  /** Whose signature it is, in the words of OpenRouter's `format`; absent where nobody said. */
  readonly signer?: string;
  /** The vendor hid this block; the string is its encrypted form. */
  readonly redacted?: string;
}

export interface ToolCallPart {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it; never parsed in transit. */
  readonly arguments: string;
  readonly signature?: string;
  /** The arguments are free text, not JSON (OpenAI's custom tools). */
  readonly custom?: true;
  readonly cache?: CachePoint;
}

/** An image, a document, or a sound. */
export interface FilePart {
  readonly type: "file";
  /** A MIME type; `image/*` and the like where the wire names only the kind. */
  readonly mediaType: string;
  readonly source:
    | { readonly kind: "base64"; readonly data: string }
    | { readonly kind: "url"; readonly url: string }
    | { readonly kind: "id"; readonly id: string };
  readonly name?: string;
  /** OpenAI's `image_url.detail`. */
  readonly detail?: string;
  readonly cache?: CachePoint;
}

export interface CachePoint {
  /** The vendor's own duration word, such as `5m` or `1h`; absent means the vendor's default. */
  readonly ttl?: string;
}

/**
 * A source that supports a stretch of text. Offsets count UTF-16 units from the start of the part's
 * text, and may lie outside it: a stretch can go on in the next part, or its source be told when
 * another part is being said.
 */
export interface Annotation {
  readonly type: "citation";
  readonly title?: string;
  readonly url?: string;
  readonly quote?: string;
  readonly start?: number;
  readonly end?: number;
  /** The vendor's own object, kept whole. */
  readonly raw?: JsonObject;
}
