import type { Lab } from "../../src/lab/lab.ts";
import { TABLE_PROVIDERS } from "../conformance/table/providers.ts";

/** What moves a call on in these tests: everything there is. */
export const EVERYTHING = [
  "error",
  "timeout",
  "invalid_header",
  "http_429",
  "http_500",
  "http_502",
  "http_503",
  "http_504",
  "non_idempotent",
];

export const FIVE = ["openai", "anthropic", "gemini", "bedrock", "cohere"] as const;
export type Vendor = (typeof FIVE)[number];

/** A target at one of the lab's vendors, with traits of the lab. */
export function target(lab: Pick<Lab, "url">, vendor: Vendor, traits = "plain", over: object = {}) {
  const provider = TABLE_PROVIDERS.find(({ label }) => label === vendor);
  if (!provider) throw new RangeError(`the table has no ${vendor}`);
  const { options } = provider.target(`${lab.url}/lab/${traits}`);
  return {
    route_type: "llm/v1/chat",
    auth: { header_name: "Authorization", header_value: "Bearer k" },
    logging: { log_statistics: true },
    model: { provider: vendor, name: provider.model, options },
    ...over,
  };
}

/** One route with a balancer on it. */
export function balanced(targets: readonly object[], balancer: object = {}, more: object = {}) {
  const config = { targets, balancer, ...more };
  return {
    _format_version: "3.0",
    services: [
      {
        name: "models",
        url: "http://localhost:1",
        routes: [{ name: "ai", paths: ["/ai"], plugins: [{ name: "ai-proxy-advanced", config }] }],
      },
    ],
  };
}

/** No model: the target's own is meant. */
export const QUESTION = { messages: [{ role: "user", content: "Say hello to the world" }] };

/** Which vendors' operations the lab was asked for, in order, by their paths. */
export function asked(lab: Lab): readonly string[] {
  return lab.requests.map(({ path }) => {
    if (path.includes("/converse")) return "bedrock";
    if (path.includes("/v1beta/")) return "gemini";
    if (path.includes("/v1/messages")) return "anthropic";
    if (path.includes("/v2/chat")) return "cohere";
    return "openai";
  });
}
