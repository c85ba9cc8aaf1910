/** https://platform.claude.com/docs/en/api/complete (retired; gateways and old models still speak it). */
export const FORMAT_NAME = "anthropic-complete";

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode anthropic response";
