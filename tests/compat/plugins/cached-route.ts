import type { Lab } from "../../../src/lab/lab.ts";
import { target, type Vendor } from "../../faults/balanced.ts";
import { proxies, startGateway } from "../../gateway.ts";

type File = { services: { routes: { plugins: object[] }[] }[] };

export interface Setting {
  readonly vendor?: Vendor;
  readonly traits?: string;
  readonly cache?: object;
  readonly vectordb?: object;
  readonly embeddingsUrl?: string;
  readonly plugins?: readonly object[];
}

/** A route to one vendor of the lab, with the cache and the lab's own vectors: texts that share words are near. */
export async function cached(lab: Lab, setting: Setting = {}) {
  const { vendor = "openai", traits = "plain", cache = {}, vectordb = {}, plugins = [] } = setting;
  const { route_type, auth, logging, model } = target(lab, vendor, traits);
  const { name: _, ...anyModel } = model;
  const priced = { ...anyModel, options: { ...anyModel.options, input_cost: 10, output_cost: 10 } };
  const file = proxies({ route_type, auth, logging, model: priced }) as File;
  file.services[0]?.routes[0]?.plugins.push(
    {
      name: "ai-semantic-cache",
      config: cacheConfig(setting.embeddingsUrl ?? `${lab.url}/v1/embeddings`, cache, vectordb),
    },
    ...plugins,
  );
  const gateway = await startGateway(file);
  const post = (content: string, more: object = {}, headers: Record<string, string> = {}) =>
    gateway.post(
      "/ai",
      { model: model.name, messages: [{ role: "user", content }], ...more },
      { headers },
    );
  return {
    gateway,
    model: model.name,
    post,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

export function cacheConfig(url: string, cache: object = {}, vectordb: object = {}) {
  return {
    embeddings: {
      auth: { header_name: "Authorization", header_value: "Bearer e" },
      model: {
        provider: "openai",
        name: "text-embedding-3-small",
        options: { upstream_url: url },
      },
    },
    vectordb: {
      strategy: "memory",
      dimensions: 256,
      distance_metric: "cosine",
      threshold: 0.3,
      ...vectordb,
    },
    ...cache,
  };
}

export const QUESTION = "How do I reset the password of my account?";
export const NEAR = "How do I reset the password of my account please?";
export const FAR = "Which rivers flow through Vienna and Budapest?";

export const status = (response: Response) => response.headers.get("x-cache-status");
/** How often the lab was asked for it. */
export const asked = (lab: Lab, what: "embeddings" | "chat") =>
  lab.requests.filter(({ path }) => path.endsWith("/embeddings") === (what === "embeddings"))
    .length;

export async function contentOf(response: Response): Promise<string> {
  const body = (await response.json()) as { choices: { message: { content: string } }[] };
  return body.choices[0]?.message.content ?? "";
}

export function answering(answer: () => Response) {
  let count = 0;
  const server = Bun.serve({
    port: 0,
    fetch() {
      count += 1;
      return answer();
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    count: () => count,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** A route to one server that speaks OpenAI's dialect. */
export async function routeTo(lab: Lab, url: string, cache: object) {
  const file = proxies({
    route_type: "llm/v1/chat",
    logging: { log_statistics: true },
    model: { provider: "openai", name: "m", options: { upstream_url: url } },
  }) as File;
  file.services[0]?.routes[0]?.plugins.push({
    name: "ai-semantic-cache",
    config: cacheConfig(`${lab.url}/v1/embeddings`, cache),
  });
  const gateway = await startGateway(file);
  return {
    gateway,
    post: (content: string, more: object = {}) =>
      gateway.post("/ai", { messages: [{ role: "user", content }], ...more }),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}
