import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { TABLE_PROVIDERS, type TableProvider } from "../../conformance/table/providers.ts";
import { proxies, startGateway } from "../../gateway.ts";

/** A vendor's error under `error_format`. */

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** A route to a provider that fails as the lab's fault of that name. */
function config({ model: name, target }: TableProvider, fault: string, more: object = {}): object {
  return proxies({
    route_type: "llm/v1/chat",
    auth: { header_name: "Authorization", header_value: "Bearer lab" },
    model: { name, ...target(`${lab.url}/lab/${fault}`) },
    ...more,
  });
}

function named(label: string): TableProvider {
  const found = TABLE_PROVIDERS.find((one) => one.label === label);
  if (!found) throw new Error(`no provider ${label} in the table`);
  return found;
}

const QUESTION = { messages: [{ role: "user", content: "Hello" }] };
const OPENAI = { error_format: "openai" };
const ERROR = {
  error: { message: expect.any(String), type: expect.any(String) },
  request_id: expect.any(String),
};

describe("error_format", () => {
  test.each(TABLE_PROVIDERS.map((provider) => [provider.label, provider] as const))(
    "`openai`: an error of %s is OpenAI's, with the vendor's status, words and Retry-After",
    async (_, provider) => {
      await using asItCame = await startGateway(config(provider, "429"));
      await using translated = await startGateway(config(provider, "429", OPENAI));
      for (const stream of [false, true]) {
        const vendor = await asItCame.post("/ai", { ...QUESTION, stream });
        const answer = await translated.post("/ai", { ...QUESTION, stream });
        expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "2"]);
        expect(answer.headers.get("content-type")).toStartWith("application/json");
        const own = await vendor.text();
        const body = await answer.text();
        expect(JSON.parse(body)).toMatchObject({ error: { message: expect.any(String) } });
        // Every vendor's sentence stands in its own body somewhere.
        expect(own).toContain(JSON.stringify(JSON.parse(body).error.message).slice(1, -1));
      }
    },
  );

  test("`openai`: what OpenAI itself says stays as it came", async () => {
    const provider = named("openai");
    await using asItCame = await startGateway(config(provider, "401"));
    await using translated = await startGateway(config(provider, "401", OPENAI));
    const bodies = [asItCame, translated].map(async (gateway) => {
      const answer = await gateway.post("/ai", QUESTION);
      return [answer.status, await answer.text()];
    });
    const [first, second] = await Promise.all(bodies);
    expect(second).toEqual(first);
  });

  test("`openai`: a page of HTML is not repeated", async () => {
    await using gateway = await startGateway(config(named("anthropic"), "html-502", OPENAI));
    const answer = await gateway.post("/ai", QUESTION);
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
    await using gateway = await startGateway(config(named("anthropic"), "429"));
    const answer = await gateway.post("/ai", QUESTION);
    expect(await answer.json()).toMatchObject({
      type: "error",
      error: { type: "rate_limit_error" },
    });
  });

  test("a vendor's refusal of a large body does not end the client's connection", async () => {
    await using gateway = await startGateway(config(named("anthropic"), "413", OPENAI));
    const answer = await gateway.post("/ai", QUESTION);
    expect([answer.status, answer.headers.get("connection")]).toEqual([413, null]);
  });

  test("the payload in the log is what the client got", async () => {
    const logging = { logging: { log_statistics: true, log_payloads: true } };
    await using gateway = await startGateway(
      config(named("cohere"), "404", { ...OPENAI, ...logging }),
    );
    const answer = await gateway.post("/ai", QUESTION);
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
