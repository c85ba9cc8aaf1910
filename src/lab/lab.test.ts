import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

function post(body: unknown, path = "/v1/chat/completions"): Promise<Response> {
  return fetch(lab.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

const hello = { model: "gpt-5", messages: [{ role: "user", content: "Hello, Ada" }] };

describe("the lab", () => {
  test("answers equal requests with equal bytes", async () => {
    const first = await (await post(hello)).text();
    expect(await (await post(hello)).text()).toBe(first);
    expect(first).toContain("Hello, Ada");
  });

  test("answers with other words under another seed", async () => {
    const other = await startLab({ seed: 7 });
    const ids = await Promise.all(
      [lab, other].map(async ({ url }) => {
        const reply = await fetch(`${url}/v1/chat/completions`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(hello),
        });
        return ((await reply.json()) as { id: string }).id;
      }),
    );
    await other.stop();
    expect(ids[0]).not.toBe(ids[1] ?? "");
  });

  test("answers OpenAI's path behind any prefix", async () => {
    for (const path of [
      "/openai/deployments/gpt-5/chat/completions?api-version=2024-10-21",
      "/compatible-mode/v1/chat/completions",
      "/serving-endpoints/v1/chat/completions",
    ]) {
      expect((await post(hello, path)).status).toBe(200);
    }
  });

  test("records what it received and waits for what it has not", async () => {
    const marked = `marked-${crypto.randomUUID()}`;
    const awaited = lab.waitForRequest((request) => request.body.includes(marked));
    await post({ ...hello, user: marked });
    const request = await awaited;
    expect(request.method).toBe("POST");
    expect(request.path).toBe("/v1/chat/completions");
    expect(request.headers.get("content-type")).toBe("application/json");
    expect(await request.outcome).toBe("answered");
  });

  test("takes traits from the path, for clients that may not name a model", async () => {
    expect((await post(hello, "/lab/429/v1/chat/completions")).status).toBe(429);
    const reply = await post({ ...hello, top_k: 1 }, "/lab/echo+lenient/v1/chat/completions");
    expect(await reply.json()).toMatchObject({ choices: [{ message: { content: "Hello, Ada" } }] });
    expect((await post(hello, "/lab/nonsense/v1/chat/completions")).status).toBe(404);
  });

  test("remembers as many requests as told", async () => {
    const other = await startLab({ remember: 2 });
    for (const name of ["one", "two", "three"]) await fetch(`${other.url}/anything/${name}`);
    expect(other.requests.map(({ path }) => path)).toEqual(["/anything/two", "/anything/three"]);
    other.reset();
    expect(other.requests).toEqual([]);
    await other.stop();
  });

  test("says what it received at /anything", async () => {
    const reply = await post("plain words", "/anything/at/all?x=1");
    const told = (await reply.json()) as Record<string, unknown>;
    expect(told).toMatchObject({
      method: "POST",
      path: "/anything/at/all",
      target: "/anything/at/all?x=1",
      query: { x: "1" },
      body: "plain words",
    });
  });
});
