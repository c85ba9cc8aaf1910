/** https://platform.claude.com/docs/en/api/messages */
export const FORMAT_NAME = "anthropic-messages";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode anthropic response";

/**
 * The tool that stands for a JSON answer on models without structured output. What the model calls
 * it with is the answer's text, so no client may have a tool of this name.
 */
export const JSON_TOOL = "json_output";
