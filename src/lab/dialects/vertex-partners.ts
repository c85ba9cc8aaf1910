import type { Dialect } from "../dialect.ts";
import { bearerOf, type HttpRequest } from "../http/request.ts";
import type { JsonObject } from "../json-schema.ts";
import { AnthropicRefusal, anthropicError, readJson } from "./anthropic-http.ts";
import { messagesAnswer } from "./anthropic-messages.ts";
import { readMessagesRequest } from "./anthropic-request.ts";
import { geminiError } from "./gemini-http.ts";
import { mistralAnswer } from "./mistral-chat.ts";
import { MistralRefusal, orMistralRefusal } from "./mistral-shape.ts";

/** What the path of a call to a partner's model names. */
interface PartnerCall {
  readonly publisher: string;
  /** With its version: `name@version`. */
  readonly model: string;
  readonly stream: boolean;
}

const PATH =
  /\/v1(?:beta1)?\/projects\/[^/]+\/locations\/[^/]+\/publishers\/([^/]+)\/models\/([^/:]+):(rawPredict|streamRawPredict)$/;

function readPath(path: string): PartnerCall | undefined {
  const [, publisher, name, action] = PATH.exec(path) ?? [];
  if (publisher === undefined || name === undefined) return undefined;
  return { publisher, model: decodeURIComponent(name), stream: action === "streamRawPredict" };
}

const serving = (publisher: string) => (request: HttpRequest) =>
  readPath(request.path)?.publisher === publisher;

/** Of Vertex's own, or, as the maker's later SDKs send it, of the API. */
const VERSION = /^(?:vertex-)?\d{4}-\d{2}-\d{2}$/;

/**
 * Claude on Vertex AI (https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude):
 * Anthropic's Messages, with the version in the body and the model in the path alone.
 */
export const vertexClaude: Dialect = {
  name: "vertex-claude",
  serves: serving("anthropic"),
  receive(request, desk) {
    const named = readPath(request.path);
    if (desk.keys && !desk.keys.has(bearerOf(request) ?? "")) return unidentified();
    try {
      const { anthropic_version: version, ...wire } = readJson(request);
      if (typeof version !== "string" || !VERSION.test(version)) {
        throw new AnthropicRefusal("anthropic_version: Field required");
      }
      if ("model" in wire) {
        throw new AnthropicRefusal("model: Extra inputs are not permitted");
      }
      checkAction(wire, named, (words) => new AnthropicRefusal(words));
      const asked = readMessagesRequest({ ...wire, model: named?.model }, desk);
      return messagesAnswer(asked, request, desk);
    } catch (error) {
      if (!(error instanceof AnthropicRefusal)) throw error;
      return anthropicError(error.status, error.message);
    }
  },
};

/** https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral */
export const vertexMistral: Dialect = {
  name: "vertex-mistral",
  serves: serving("mistralai"),
  receive(request, desk) {
    const named = readPath(request.path);
    if (desk.keys && !desk.keys.has(bearerOf(request) ?? "")) return unidentified();
    return orMistralRefusal(() => {
      return mistralAnswer(request, desk, (wire) => {
        const refusal = (message: string) =>
          new MistralRefusal(400, { object: "error", message, type: "invalid_model", param: null });
        checkAction(wire, named, refusal);
        const [model] = (named?.model ?? "").split("@");
        if (wire["model"] !== model) throw refusal(`Invalid model: ${wire["model"]}`);
      });
    });
  },
};

/** The path says whether a stream is wanted, and the body must not say otherwise. */
function checkAction(
  wire: JsonObject,
  named: PartnerCall | undefined,
  refusal: (message: string) => Error,
): void {
  if ((wire["stream"] === true) !== named?.stream) {
    throw refusal("stream: does not go with the method of the path");
  }
}

function unidentified() {
  return geminiError(
    401,
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
  );
}
