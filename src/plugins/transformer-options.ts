import { z } from "zod";
import { COMMON_LLM_FORMAT } from "../gateway/call/client-format.ts";
import { targetChecks } from "../providers/target-checks.ts";
import { targetSchema } from "../providers/target-schema.ts";
import { compileFinder, PatternError } from "./pcre-pattern.ts";
import { maxRequestBodySize } from "./proxy-fields.ts";

const host = (scheme: string) =>
  z.string().min(1).optional().describe(`Forward proxy for models at ${scheme} addresses.`);
const port = z.int().min(0).max(65_535).optional().describe("Port of that forward proxy.");

/** Options of both plugins that have a model rewrite something. */
export const transformerFields = {
  prompt: z.string().min(1).describe("What the model is told to do; its system message."),
  transformation_extract_pattern: z
    .string()
    .min(1)
    .superRefine(checkPattern)
    .optional()
    .describe(
      "Expression of PCRE, without regard to case and line by line; its first whole match in the model's answer is used, not all of it.",
    ),
  http_timeout: z.int().min(1).default(60_000).describe("Milliseconds that the model may take."),
  https_verify: z
    .boolean()
    .default(true)
    .describe("Whether the certificate of the model's server is checked."),
  max_request_body_size: maxRequestBodySize,
  http_proxy_host: host("`http:`"),
  http_proxy_port: port,
  https_proxy_host: host("`https:`"),
  https_proxy_port: port,
  error_status: z
    .int()
    .min(400)
    .max(599)
    .default(400)
    .describe("Status of the answer when the model fails."),
  llm: targetSchema
    .extend({
      description: z.string().optional().describe("Accepted; has no effect."),
      metadata: z.unknown().optional().describe("Accepted; has no effect."),
      weight: z.int().min(1).max(65_535).optional().describe("Accepted; has no effect."),
    })
    .describe("The model that rewrites."),
};

const transformerSchema = z.strictObject(transformerFields);
export type TransformerOptions = z.output<typeof transformerSchema>;

const PAIRS = [
  ["http_proxy_host", "http_proxy_port"],
  ["https_proxy_host", "https_proxy_port"],
] as const;

/** What must hold between the options. */
export function checkTransformer(options: TransformerOptions, context: z.RefinementCtx): void {
  for (const [one, other] of PAIRS) {
    if ((options[one] === undefined) === (options[other] === undefined)) continue;
    const message = `all or none of these fields must be set: 'config.${one}', 'config.${other}'`;
    context.addIssue({ code: "custom", path: ["@entity"], message });
  }
  const target = targetOf(options);
  if (target.route_type !== "llm/v1/chat") {
    const message = "'config.llm.route_type' must be 'llm/v1/chat' for AI transformer plugins";
    context.addIssue({ code: "custom", path: ["@entity"], message });
  }
  for (const { path, message } of targetChecks(target, { llmFormat: COMMON_LLM_FORMAT })) {
    context.addIssue({ code: "custom", path: ["llm", ...path], message });
  }
}

export function targetOf({ llm }: TransformerOptions) {
  const { name, route_type, auth, model, logging } = llm;
  return { name, route_type, auth, model, logging };
}

function checkPattern(source: string, context: z.RefinementCtx): void {
  try {
    compileFinder(source, { ignoreCase: true, multiline: true });
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause;
    context.addIssue({ code: "custom", message: `invalid pattern: ${cause.message}` });
  }
}
