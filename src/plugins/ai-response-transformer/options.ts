import { z } from "zod";
import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type Json } from "../../chat/json.ts";
import { parseModelJson } from "../model-json.ts";
import { checkTransformer, transformerFields } from "../transformer-options.ts";

export const responseTransformerOptions = z
  .strictObject({
    ...transformerFields,
    parse_llm_response_json_instructions: z
      .boolean()
      .default(false)
      .describe(
        'Take the model\'s answer for `{"headers": {}, "status": 200, "body": "…"}` and answer the client so.',
      ),
    only_success: z
      .boolean()
      .default(false)
      .describe("Leave answers with a status of 400 or more as they are."),
  })
  .superRefine(checkTransformer);

export type ResponseTransformerOptions = z.output<typeof responseTransformerOptions>;

/** What a model says the client is to be answered. */
export interface Instructions {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Said anew by whoever writes the answer: a model's word on them would break it. */
const FRAMING: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Reads `{"headers": {}, "status": 200, "body": "…"}`; without a body the whole object is it. Throws `upstream_bad_response`. */
export function readInstructions(text: string): Instructions {
  const value = parsed(text);
  if (!isJsonObject(value)) throw unreadable("expected an object");
  const { status = 200, body, headers = {} } = value;
  if (!isStatus(status)) throw unreadable(`'${JSON.stringify(status)}' is no status`);
  return {
    status,
    headers: headersOf(headers),
    body: typeof body === "string" ? body : JSON.stringify(body ?? value),
  };
}

function parsed(text: string): unknown {
  try {
    return parseModelJson(text);
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function isStatus(value: Json): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 200 && value <= 599;
}

function headersOf(value: Json): Headers {
  if (!isJsonObject(value)) throw unreadable("headers are no object");
  const headers = new Headers();
  for (const [name, one] of Object.entries(value)) {
    if (FRAMING.has(name.toLowerCase()) || one === undefined || one === null) continue;
    try {
      headers.set(name, typeof one === "string" ? one : JSON.stringify(one));
    } catch (cause) {
      throw unreadable(`'${name}' cannot be sent as a header`, cause);
    }
  }
  return headers;
}

function unreadable(reason: string, cause?: unknown): GatewayError {
  const message = `failed to parse JSON response instructions from AI backend: ${reason}`;
  return new GatewayError("upstream_bad_response", message, { cause });
}
