import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { type GatewayOptions, openai, type ProxyOptions, startGateway } from "../../gateway.ts";

/** Where the lab analyses texts. */
export const ANALYSE = "/contentsafety/text:analyze";

export interface Over {
  /** A fault of the service. */
  readonly fault?: string;
  readonly [option: string]: unknown;
}

export interface Setting extends GatewayOptions {
  /** Other plugins of the route. */
  readonly beside?: readonly object[];
  /** What its proxy is told; the lab's OpenAI unless said. */
  readonly proxy?: ProxyOptions;
}

interface Answer {
  readonly error: { readonly message: string };
}

/** A gateway whose route is guarded, between a client and the lab, which plays the service too. */
export async function contentSafety() {
  const lab: Lab = await startLab();

  function guard({ fault, ...over }: Over = {}) {
    const config = {
      content_safety_url: `${lab.url}${fault ? `/lab/${fault}` : ""}${ANALYSE}`,
      content_safety_key: "safety-key",
      categories: [
        { name: "Hate", rejection_level: 2 },
        { name: "Violence", rejection_level: 2 },
      ],
      ...over,
    };
    return { name: "ai-azure-content-safety", config };
  }

  function start(over: Over = {}, setting: Setting = {}) {
    const { beside = [], proxy = openai(lab.url), ...options } = setting;
    const plugins = [guard(over), { name: "ai-proxy", config: proxy }, ...beside];
    const routes = [{ name: "ai", paths: ["/ai"], plugins }];
    const services = [{ name: "s", url: "http://localhost:1", routes }];
    return startGateway({ _format_version: "3.0", services }, options);
  }

  return {
    lab,
    guard,
    start,
    async call(over: Over, body: object, setting?: Setting) {
      await using gateway = await start(over, setting);
      const response = await gateway.post("/ai", body);
      const record = await gateway.record();
      const json = (await response.json()) as Answer;
      return { status: response.status, json, ai: record.ai, record };
    },
    /** The texts that the service was asked about. */
    analysed: () =>
      lab.requests
        .filter(({ path }) => path.endsWith(ANALYSE))
        .map(({ body }) => (JSON.parse(body) as { readonly text: string }).text),
    /** What came to a model. */
    asked: () => lab.requests.filter(({ path }) => !path.endsWith(ANALYSE)),
    [Symbol.asyncDispose]: () => lab.stop(),
  };
}

/** A conversation in which the user alone speaks; the model repeats what was said last. */
export function say(...texts: readonly unknown[]) {
  return {
    model: "lab/echo",
    messages: texts.map((content) => ({ role: "user", content })),
  };
}
