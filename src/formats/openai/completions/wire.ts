/** OpenAI's Completions, the older text endpoint: https://platform.openai.com/docs/api-reference/completions */
export const FORMAT_NAME = "openai-completions";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode llm/v1/completions response";
