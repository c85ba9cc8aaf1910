import { z } from "zod";
import type { ProxySettings } from "../gateway/call/plan.ts";
import { LLM_FORMATS } from "../providers/operations.ts";
import { GENAI_CATEGORIES } from "../providers/target-schema.ts";

/** Fields of a proxy plugin beside its targets. */
export const proxyFields = {
  genai_category: z
    .enum(GENAI_CATEGORIES)
    .default("text/generation")
    .describe("Coarse label of the traffic, for analytics."),
  llm_format: z.enum(LLM_FORMATS).default("openai").describe("The dialect that clients speak."),
  response_streaming: z
    .enum(["allow", "always", "deny"])
    .default("allow")
    .describe("Whether streamed answers are optional, forced, or refused."),
  max_request_body_size: z
    .int()
    .min(0)
    .default(1_048_576)
    .describe("Largest request body that is read, in bytes; 0 means no limit."),
  model_name_header: z
    .boolean()
    .default(true)
    .describe("Answer with `X-Kong-LLM-Model: provider/model`."),
  fidelity: z
    .enum(["lenient", "strict"])
    .default("lenient")
    .describe(
      "What becomes of a request that the target cannot carry whole: sent with notices, or refused with 400.",
    ),
  error_format: z
    .enum(["vendor", "openai"])
    .default("vendor")
    .describe(
      "What clients get for a vendor's error: its body as it came, or OpenAI's `{error: {message, type, param, code}}`. The status is the vendor's.",
    ),
  answer_format: z
    .enum(["vendor", "openai"])
    .default("vendor")
    .describe(
      "What clients get from a vendor whose answers are nearly OpenAI's (Mistral's have tool calls without `type`): the vendor's bytes, or exactly OpenAI's shape.",
    ),
  options_precedence: z
    .enum(["config", "request"])
    .default("config")
    .describe(
      "Whose temperature, top_p and top_k count where both the configuration and the request set one. A configured max_tokens caps the request's under `request`.",
    ),
};

type ProxyOptions = z.output<z.ZodObject<typeof proxyFields>>;

/** What these options say of a plugin's calls. */
export function settingsFrom(options: ProxyOptions) {
  return {
    responseStreaming: options.response_streaming,
    maxRequestBodyBytes: options.max_request_body_size,
    modelNameHeader: options.model_name_header,
    optionsPrecedence: options.options_precedence,
    fidelity: options.fidelity,
    errorsIn: dialectOf(options.error_format),
    answersIn: dialectOf(options.answer_format),
  };
}

/** Whose dialect such an option names: clients of these plugins speak OpenAI's. */
function dialectOf(option: "vendor" | "openai"): ProxySettings["errorsIn"] {
  return option === "openai" ? "client" : "vendor";
}

/** Options that every plugin which reads prompts has. */
export const maxRequestBodySize = z
  .int()
  .min(0)
  .default(1_048_576)
  .describe("Largest request body that is read, in bytes; 0 means no limit.");
