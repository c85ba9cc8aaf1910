import type { Dialect, Reply } from "../dialect.ts";
import type { HttpRequest } from "../http/request.ts";
import { anthropicError } from "./anthropic-http.ts";
import { bedrockError } from "./bedrock-http.ts";
import { cohereError } from "./cohere-http.ts";
import { openAiError, openAiText } from "./openai-http.ts";

/** What each vendor says where it has nothing; a path says whose it was meant to be. */
const VENDORS: readonly {
  readonly asks: (request: HttpRequest) => boolean;
  readonly answer: (request: HttpRequest) => Reply;
}[] = [
  {
    asks: ({ path, headers }) => /\/messages\b/i.test(path) || headers.has("anthropic-version"),
    answer: () => anthropicError(404, "Not Found"),
  },
  {
    asks: ({ path, headers }) =>
      /\/v1(?:beta|alpha)\b|:\w+$/i.test(path) || headers.has("x-goog-api-key"),
    answer: ({ path }) =>
      text(
        404,
        "text/html; charset=UTF-8",
        `<!DOCTYPE html><title>Error 404 (Not Found)!!1</title><p>The requested URL <code>${path.replace(/[^\w/.:-]/g, "")}</code> was not found on this server.`,
      ),
  },
  {
    asks: ({ path }) => /\/model\//i.test(path),
    answer: () => bedrockError(404, "UnknownOperationException", "Unknown operation"),
  },
  {
    asks: ({ path }) => /\/api\//i.test(path),
    answer: () => text(404, "text/plain", "404 page not found"),
  },
  {
    asks: ({ path }) => /\/mistral\//i.test(path),
    answer: () => text(404, "application/json", '{"message":"no Route matched with those values"}'),
  },
  {
    asks: ({ path }) => /\/openai\//i.test(path),
    answer: () => {
      const body = { error: { code: "404", message: "Resource not found" } };
      return text(404, "application/json", openAiText(body));
    },
  },
  {
    asks: ({ path }) => /\/v2\/|\/v1\/chat$/i.test(path),
    answer: ({ path }) => cohereError(404, `path '${path}' not found`),
  },
];

function text(status: number, type: string, body: string): Reply {
  return { type: "reply", status, headers: [["content-type", type]], body };
}

/** Where nothing is served: told as the vendor would whose it looks like, else as OpenAI does. */
export const unknownPath: Dialect = {
  name: "unknown-path",
  serves: () => true,
  receive(request) {
    const vendor = VENDORS.find(({ asks }) => asks(request));
    return (
      vendor?.answer(request) ?? openAiError(404, `Invalid URL (${request.method} ${request.path})`)
    );
  },
};

const OPERATIONS = "chat/completions|completions|embeddings|messages|models|responses";

/** A version or an operation that stands twice, a slash too many, no version, or one in capitals: what a wrong base URL makes. */
const MISPLACED = new RegExp(
  String.raw`/(v\d+)/\1(?:/|$)|//|/(${OPERATIONS})/(?:.*/)?\2$|^/(?:mistral/)?(?:${OPERATIONS})$|/V\d`,
);

/** What every vendor answers with 404, though an operation's name stands at its end. */
export const misplacedPath: Dialect = {
  ...unknownPath,
  name: "misplaced-path",
  serves: ({ path }) => MISPLACED.test(path),
};
