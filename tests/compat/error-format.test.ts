import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { TABLE_PROVIDERS, type TableProvider } from "../conformance/table/providers.ts";
import { ask, proxies, startGateway } from "../gateway.ts";

/** A vendor's error under `error_format`. */

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

function config(provider: TableProvider, more: object = {}): object {
  return proxies({
    route_type: "llm/v1/chat",
    auth: { header_name: "Authorization", header_value: "Bearer lab" },
    model: provider.target(lab.url),
    ...more,
  });
}

function named(label: string): TableProvider {
  const found = TABLE_PROVIDERS.find((one) => one.label === label);
  if (!found) throw new Error(`no provider ${label} in the table`);
  return found;
}

/** Vendors whose path holds the model fail by another name in it. */
const BY_BODY = TABLE_PROVIDERS.filter(({ label }) => !/gemini|bedrock|azure/.test(label));
const OPENAI = { error_format: "openai" };
const ERROR = {
  error: { message: expect.any(String), type: expect.any(String) },
  request_id: expect.any(String),
};

describe("error_format", () => {
  test.each(BY_BODY.map((provider) => [provider.label, provider] as const))(
    "`openai`: an error of %s is OpenAI's, with the vendor's status, words and Retry-After",
    async (_, provider) => {
      await using asItCame = await startGateway(config(provider));
      await using translated = await startGateway(config(provider, OPENAI));
      for (const stream of [false, true]) {
        const vendor = await asItCame.post("/ai", ask("lab/429", { stream }));
        const answer = await translated.post("/ai", ask("lab/429", { stream }));
        expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "2"]);
        expect(answer.headers.get("content-type")).toStartWith("application/json");
        const own = await vendor.text();
        const body = await answer.text();
        expect(JSON.parse(body)).toMatchObject({ error: ERROR.error });
        // Every vendor's sentence stands in its own body somewhere.
        expect(own).toContain(JSON.parse(body).error.message);
      }
    },
  );

  test("`openai`: what OpenAI itself says stays as it came", async () => {
    const provider = named("openai");
    await using asItCame = await startGateway(config(provider));
    await using translated = await startGateway(config(provider, OPENAI));
    const bodies = [asItCame, translated].map(async (gateway) => {
      const answer = await gateway.post("/ai", ask("lab/401"));
      return [answer.status, await answer.text()];
    });
    const [first, second] = await Promise.all(bodies);
    expect(second).toEqual(first);
  });

  test("`openai`: a page of HTML is not repeated", async () => {
    await using gateway = await startGateway(config(named("anthropic"), OPENAI));
    const answer = await gateway.post("/ai", ask("lab/html-502"));
    const body = await answer.json();
    expect([answer.status, body]).toEqual([
      502,
      {
        message: "non-JSON reply (status 502)",
        error: {
          message: "non-JSON reply (status 502)",
          type: "upstream_error",
          param: null,
          code: "upstream_error",
        },
        request_id: expect.any(String),
      },
    ]);
  });

  test("`vendor`, the default: status and body are the vendor's", async () => {
    await using gateway = await startGateway(config(named("anthropic")));
    const answer = await gateway.post("/ai", ask("lab/429"));
    expect(await answer.json()).toMatchObject({
      type: "error",
      error: { type: "rate_limit_error" },
    });
  });

  test("the payload in the log is what the client got", async () => {
    const logging = { logging: { log_statistics: true, log_payloads: true } };
    await using gateway = await startGateway(config(named("cohere"), { ...OPENAI, ...logging }));
    const answer = await gateway.post("/ai", ask("lab/404"));
    const text = await answer.text();
    const { ai } = await gateway.record(1);
    expect(ai?.proxy?.["payload"]).toMatchObject({ response: text });
  });

  test("the short form has it: OpenAI's SDK reads any vendor's error", async () => {
    const url = { type: "anthropic", key: "lab", url: `${lab.url}/v1` };
    await using gateway = await startGateway({ providers: { claude: url } });
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "x", maxRetries: 0 });
    const asked = client.chat.completions.create({
      model: "claude/lab/404",
      messages: [{ role: "user", content: "Hello" }],
    });
    const failure = await asked.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(OpenAI.NotFoundError);
    expect(failure).toMatchObject({ status: 404, type: "not_found_error" });
  });

  test("embeddings too", async () => {
    await using gateway = await startGateway({
      providers: { co: { type: "cohere", key: "lab", url: `${lab.url}/v2` } },
    });
    const answer = await gateway.post("/v1/embeddings", { model: "co/lab/429", input: ["a"] });
    expect([answer.status, await answer.json()]).toMatchObject([429, ERROR]);
  });
});
