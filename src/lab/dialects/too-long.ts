import type { Reply } from "../dialect.ts";
import { anthropicError } from "./anthropic-http.ts";
import { bedrockError } from "./bedrock-http.ts";
import { cohereError } from "./cohere-http.ts";
import { geminiError } from "./gemini-http.ts";
import { mistralReply } from "./mistral-shape.ts";
import { ollamaError } from "./ollama-http.ts";
import { openAiError } from "./openai-http.ts";
import { tgiError } from "./tgi-check.ts";

/** How each vendor refuses a prompt that its model has no room for, in its own words. */
export const TOO_LONG = {
  anthropic: () => anthropicError(400, "prompt is too long: 208310 tokens > 200000 maximum"),
  bedrock: () => bedrockError(400, "ValidationException", "Input is too long for requested model."),
  cohere: () =>
    cohereError(
      400,
      "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000. Try using a shorter prompt, or enabling prompt truncating. See https://docs.cohere.com/reference/generate for more details.",
    ),
  gemini: () =>
    geminiError(
      400,
      "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    ),
  mistral: () =>
    mistralReply(400, {
      object: "error",
      message:
        "Prompt contains 140000 tokens, too large for model with 131072 maximum context length",
      type: "invalid_request_prompt",
      param: null,
      code: "3051",
    }),
  ollama: () => ollamaError(400, "the input length exceeds the context length"),
  openai: () =>
    openAiError(
      400,
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.",
      { param: "messages", code: "context_length_exceeded" },
    ),
  tgi: () =>
    tgiError(
      422,
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 1000 `max_new_tokens`",
      "validation",
    ),
} satisfies Record<string, () => Reply>;

const OF_VENDORS: Readonly<Record<string, object>> = {
  deepseek: {
    error: {
      message:
        "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens (69000 in the messages, 1000 in the completion). Please reduce the length of the messages or completion.",
      type: "invalid_request_error",
      param: null,
      code: "invalid_request_error",
    },
  },
  dashscope: {
    error: {
      message:
        "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]",
      type: "invalid_request_error",
      param: null,
      code: "invalid_parameter_error",
    },
    request_id: "lab",
  },
  databricks: {
    error_code: "BAD_REQUEST",
    message: '{"message":"Input is too long for requested model."}',
  },
  xai: {
    code: "Client specified an invalid argument",
    error: "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
  },
  cerebras: {
    message:
      "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
    type: "invalid_request_error",
    param: "messages",
    code: "context_length_exceeded",
  },
};

/** The same of those who serve OpenAI's dialect. */
export function tooLongFor(vendor: string): Reply {
  const body = OF_VENDORS[vendor];
  if (!body) return TOO_LONG.openai();
  const headers = [["content-type", "application/json"]] as const;
  return { type: "reply", status: 400, headers, body: JSON.stringify(body) };
}
