import type { TestGateway } from "../../gateway.ts";

/** The first second of a minute, an hour and a day. */
export const START_MS = Date.UTC(2027, 0, 10);

export const QUESTION = { messages: [{ role: "user", content: "Is it?" }] };

/** A target at a scripted model, of which each answer counts 25 tokens in and 12 out. */
export function target(url: string, provider: string, options: object = {}) {
  return {
    route_type: "llm/v1/chat",
    auth: { header_name: "Authorization", header_value: "Bearer k" },
    logging: { log_statistics: true },
    model: { provider, name: "m", options: { upstream_url: url, ...options } },
  };
}

/** A route with limits before its proxy. */
export function limited(config: object, proxy: object) {
  const plugins = [{ name: "ai-rate-limiting-advanced", config }, proxy];
  const routes = [{ name: "r", paths: ["/ai"], plugins }];
  return { _format_version: "3.0", services: [{ name: "s", url: "http://localhost:1", routes }] };
}

export const proxyTo = (config: object) => ({ name: "ai-proxy", config });

export const openaiLimit = (limit: number | number[], size: number | number[] = 60) => ({
  llm_providers: [{ name: "openai", limit, window_size: size }],
});

export async function ask(
  gateway: TestGateway,
  headers: Record<string, string> = {},
  body: object = QUESTION,
) {
  const response = await gateway.post("/ai", body, { headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

/** Of so many calls one after another. */
export async function statuses(gateway: TestGateway, count: number): Promise<number[]> {
  const seen: number[] = [];
  for (let call = 0; call < count; call++) seen.push((await ask(gateway)).status);
  return seen;
}
