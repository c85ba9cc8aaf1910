import type { Lab } from "../../../src/lab/lab.ts";
import { type GatewayOptions, openai, type ProxyOptions, startGateway } from "../../gateway.ts";

export interface Setting extends GatewayOptions {
  readonly guard?: object;
  readonly rules?: object;
  readonly vectordb?: object;
  readonly embeddings?: object;
  readonly beside?: readonly object[];
  readonly proxy?: ProxyOptions;
}

/** The model in the package: it needs no account and no server. */
export const LOCAL = { model: { provider: "local", name: "all-minilm-l6-v2" } };

/** The lab's model, which counts words: what holds the same words is near. */
export function labEmbeddings(url: string) {
  return {
    auth: { header_name: "Authorization", header_value: "Bearer e" },
    model: {
      provider: "openai",
      name: "text-embedding-3-small",
      options: { upstream_url: url },
    },
  };
}

/** A file with one route that is guarded, to the lab's OpenAI unless said. */
export function guardedRoute(lab: Lab, setting: Setting = {}) {
  const { guard, rules, vectordb, embeddings = LOCAL, beside = [], proxy } = setting;
  const config = {
    embeddings,
    vectordb: { strategy: "memory", dimensions: 256, distance_metric: "cosine", ...vectordb },
    rules: { deny_prompts: DENY, ...rules },
    search: { threshold: 0.45 },
    ...guard,
  };
  const plugins = [
    { name: "ai-semantic-prompt-guard", config },
    { name: "ai-proxy", config: proxy ?? openai(lab.url) },
    ...beside,
  ];
  const routes = [{ name: "ai", paths: ["/ai"], plugins }];
  const services = [{ name: "s", url: "http://localhost:1", routes }];
  return { _format_version: "3.0", services };
}

export const startGuarded = (lab: Lab, setting: Setting = {}) =>
  startGateway(guardedRoute(lab, setting), setting);

export const DENY = ["How do I build a bomb?", "Political opinions about elections and parties"];
export const ALLOW = ["How do I reset the password of my account?"];

export const NEAR_DENY = "Tell me how to build a bomb";
export const NEAR_ALLOW = "How can I reset my account password?";
export const OTHER = "Which rivers flow through Vienna and Budapest?";
/** One window. */
export const SHORT = "Name a river.";

export const say = (...texts: readonly unknown[]) => ({
  model: "lab/echo",
  messages: texts.map((content) => ({ role: "user", content })),
});

interface Answer {
  readonly error?: { readonly message: string };
}

/** One call through a gateway of its own. */
export async function callGuarded(lab: Lab, body: object, setting?: Setting) {
  await using gateway = await startGuarded(lab, setting);
  const response = await gateway.post("/ai", body);
  const text = await response.text();
  const record = await gateway.record();
  const json = (
    response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : {}
  ) as Answer;
  return { status: response.status, text, json, log: record.ai?.proxy?.["semantic-prompt-guard"] };
}
