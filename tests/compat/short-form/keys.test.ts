import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { keyDigest } from "../../../src/plugins/key-auth/key-index.ts";
import { ask, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

describe("keys of the short form", () => {
  const short = () => ({
    providers: { openai: { key: "sk-vendor", url: `${lab.url}/v1` } },
    models: { smart: "openai/lab/echo", cheap: "openai/lab/plain" },
    keys: {
      "web-team": { hash: keyDigest("dg_1_web"), models: ["smart", "openai/lab/m*"] },
      ops: { key: "$OPS_KEY" },
    },
  });
  const env = { OPS_KEY: "dg_2_ops_canary" };
  const path = "/v1/chat/completions";

  test.each([
    ["authorization", "Bearer dg_1_web"],
    ["x-api-key", "dg_1_web"],
    ["x-goog-api-key", "dg_1_web"],
    ["api-key", "dg_1_web"],
    ["apikey", "dg_1_web"],
    ["authorization", "Bearer dg_2_ops_canary"],
  ])("lets in %s: %s", async (name, value) => {
    await using gateway = await startGateway(short(), { env });
    const answer = await gateway.post(path, ask("smart"), { headers: { [name]: value } });
    expect(answer.status).toBe(200);
    expect(lab.requests.at(-1)?.headers.get("authorization")).toBe("Bearer sk-vendor");
    expect(JSON.stringify(lab.requests)).not.toContain("dg_");
  });

  test("T1: a key in the query is refused, good or not, and stands in no log", async () => {
    await using gateway = await startGateway(short(), { env });
    for (const name of ["key", "apikey", "api-key", "api_key", "x-goog-api-key"]) {
      const search = `?${name}=dg_2_ops_canary`;
      const headers = { authorization: "Bearer dg_1_web" };
      const answer = await gateway.post(`${path}${search}`, ask("smart"), { headers });
      expect(answer.status).toBe(400);
      const text = await answer.text();
      expect(text).toContain(`A key is not taken from the query (${name})`);
      expect(text).not.toContain("canary");
    }
    await gateway.record(5);
    expect(lab.requests).toHaveLength(0);
    expect(JSON.stringify(gateway.records)).not.toContain("canary");
    const other = await gateway.post(`${path}?keyword=a`, ask("smart"), {
      headers: { authorization: "Bearer dg_1_web" },
    });
    expect(other.status).toBe(200);
  });

  test("of two keys in two headers each is tried, and no provider gets either", async () => {
    await using gateway = await startGateway(short(), { env });
    const pairs = [
      ["Bearer wrong", "dg_1_web"],
      ["Bearer dg_1_web", "wrong"],
      ["Bearer dg_1_web", "dg_1_web"],
    ] as const;
    for (const [authorization, key] of pairs) {
      const headers = { authorization, "x-api-key": key };
      expect((await gateway.post(path, ask("smart"), { headers })).status).toBe(200);
    }
    const headers = { authorization: "Bearer wrong", "x-api-key": "wrong" };
    expect((await gateway.post(path, ask("smart"), { headers })).status).toBe(401);
    expect(JSON.stringify(lab.requests)).not.toMatch(/dg_1_web|wrong/);
  });

  test("while a key is replaced the old one and the new one are good", async () => {
    const config = (hash: string | readonly string[]) => ({ ...short(), keys: { web: { hash } } });
    const statuses = async (hash: string | readonly string[]) => {
      await using gateway = await startGateway(config(hash));
      return await Promise.all(
        ["old", "new", "third"].map(async (key) => {
          const headers = { "x-api-key": key };
          return (await gateway.post(path, ask("smart"), { headers })).status;
        }),
      );
    };
    const [older, newer] = [keyDigest("old"), keyDigest("new")];
    expect(await statuses(older)).toEqual([200, 401, 401]);
    expect(await statuses([newer, older])).toEqual([200, 200, 401]);
    expect(await statuses([newer])).toEqual([401, 200, 401]);
    expect(startGateway(config([newer, newer]))).rejects.toThrow("'web' has the same key");
    expect(startGateway(config([]))).rejects.toThrow();
  });

  test("nobody else is let in, not even to list the models", async () => {
    await using gateway = await startGateway(short(), { env });
    expect((await gateway.post(path, ask("smart"))).status).toBe(401);
    expect((await fetch(`${gateway.url}/v1/models`)).status).toBe(401);
  });

  test("a key calls its models alone, and sees no others", async () => {
    await using gateway = await startGateway(short(), { env });
    const headers = { authorization: "Bearer dg_1_web" };
    const statusOf = async (model: string) =>
      (await gateway.post(path, ask(model), { headers })).status;
    expect(await statusOf("smart")).toBe(200);
    expect(await statusOf("openai/lab/multibyte")).toBe(200);
    expect(await statusOf("cheap")).toBe(403);
    expect(await statusOf("openai/lab/echo")).toBe(403);
    const refused = await gateway.post(path, ask("gpt-9"), { headers });
    expect(await refused.json()).toMatchObject({
      error: {
        message: "This key may not call the model 'gpt-9'. It may call: smart, openai/lab/m*.",
        code: "model_not_found",
      },
    });
    const listed = await fetch(`${gateway.url}/v1/models`, { headers });
    const { data } = (await listed.json()) as { data: { id: string }[] };
    expect(data.map(({ id }) => id).filter((id) => !id.startsWith("openai/lab/m"))).toEqual([
      "smart",
    ]);
  });

  test("a key without models calls any", async () => {
    await using gateway = await startGateway(short(), { env });
    const headers = { authorization: "Bearer dg_2_ops_canary" };
    expect((await gateway.post(path, ask("cheap"), { headers })).status).toBe(200);
  });
});
