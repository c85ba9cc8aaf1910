import { expect, test } from "bun:test";
import { GatewayError } from "../chat/error.ts";
import { withContextLength } from "./context-length.ts";

const refusal = (message: string, vendor: GatewayError["vendor"] = { code: "400" }) =>
  withContextLength(
    new GatewayError("invalid_request", message, { status: 400, vendor: vendor ?? {} }),
  );

/** What vendors say of a prompt that is too long, as their clients have seen it. */
test.each([
  "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
  "Your input exceeds the context window of this model. Please adjust your input and try again.",
  "prompt is too long: 208310 tokens > 200000 maximum",
  "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again",
  "Input is too long for requested model.",
  "The model returned the following errors: prompt is too long: 150000 tokens > 128000 maximum",
  "Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.",
  "Too many input tokens. Max input tokens: 8192, request input token count: 9000",
  "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
  "Unable to submit request because the input token count is 40000 but model only supports up to 32768.",
  "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.",
  "too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs.",
  "Prompt contains 140000 tokens and 0 draft tokens, too large for model with 131072 maximum context length",
  "the input length exceeds the context length",
  "prompt too long; exceeded max context length by 12 tokens",
  "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 1000 `max_new_tokens`",
  "Input validation error: `inputs` must have less than 1024 tokens. Given: 2000",
  "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
  "Input prompt (5000 tokens) is too long and exceeds limit of 4096",
  "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
  "the request exceeds the available context size. try increasing the context size",
  "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
  "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
  "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]",
  'Bad request: {"message":"Input is too long for requested model."}',
  "The number of tokens to keep from the initial prompt is greater than the context length",
  "This endpoint's maximum context length is 131072 tokens. However, you requested about 140000 tokens",
])("%s", (message) => {
  expect(refusal(message)).toMatchObject({
    message,
    status: 400,
    vendor: { code: "context_length_exceeded" },
  });
});

test("a kind that says it is enough", () => {
  expect(refusal("no", { type: "exceed_context_size_error" }).vendor?.code).toBe(
    "context_length_exceeded",
  );
});

test.each([
  "Invalid 'messages[0].name': string too long. Expected a string with maximum length 64.",
  "max_tokens: 99999 > 8192, which is the maximum allowed number of output tokens",
  "Range of max_tokens should be [1, 8192]",
  "tools: too many tools",
  "messages: text content blocks must be non-empty",
])("another refusal stays what it is: %s", (message) => {
  expect(refusal(message).vendor?.code).toBe("400");
});

test("a limit of tokens a minute is no limit of a prompt", () => {
  const limited = new GatewayError(
    "rate_limited",
    "Request too large: too many tokens in the prompt for the limit of tokens per min (TPM)",
    { status: 429 },
  );
  expect(withContextLength(limited)).toBe(limited);
});
