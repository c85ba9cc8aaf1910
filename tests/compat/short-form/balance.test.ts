import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, startGateway, textOf } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const provider = (traits: string, more: object = {}) => ({
  type: "vllm",
  url: `${lab.url}/lab/${traits}/v1`,
  ...more,
});

/** The traits under which the lab was asked, in order. */
const traitsAsked = () => lab.requests.map(({ path }) => path.split("/")[2]);
const keysAsked = () => lab.requests.map(({ headers }) => headers.get("authorization"));

test("a name of several targets is answered by the first that can, plain and streamed", async () => {
  await using gateway = await startGateway({
    providers: { down: provider("503"), limited: provider("429-60"), well: provider("echo") },
    models: { smart: ["down/a", "limited/b", "well/c"] },
  });
  lab.reset();
  const response = await gateway.post("/v1/chat/completions", ask("smart"));
  expect(response.status).toBe(200);
  expect(response.headers.get("x-kong-llm-model")).toBe("well/c");
  expect(await response.json()).toMatchObject({ model: "c" });
  expect(traitsAsked()).toEqual(["503", "429-60", "echo"]);
  lab.reset();
  const stream = await gateway.post("/v1/chat/completions", ask("smart", { stream: true }));
  expect(textOf(await stream.text())).toBe("Say hello to the world");
  // The one that asked to be left alone is.
  expect(traitsAsked()).toEqual(["503", "echo"]);
});

test("targets share the work by their shares", async () => {
  await using gateway = await startGateway({
    providers: { a: provider("echo"), b: provider("plain") },
    models: { cheap: { balance: "round-robin", use: ["a/m", "b/m x3"] } },
  });
  lab.reset();
  for (let call = 0; call < 8; call++) {
    await (await gateway.post("/v1/chat/completions", ask("cheap"))).bytes();
  }
  expect(traitsAsked().filter((traits) => traits === "plain")).toHaveLength(6);
});

test("several keys of a provider take turns, for named models and for any other", async () => {
  await using gateway = await startGateway({
    providers: { local: provider("echo", { key: ["k1", "k2"] }) },
    models: { named: "local/m" },
  });
  for (const model of ["named", "local/other"]) {
    lab.reset();
    for (let call = 0; call < 4; call++) {
      const response = await gateway.post("/v1/chat/completions", ask(model));
      expect(response.status).toBe(200);
    }
    expect(keysAsked()).toEqual(["Bearer k1", "Bearer k2", "Bearer k1", "Bearer k2"]);
  }
});

test("a key that the provider refuses or limits is stood in for by the next", async () => {
  for (const [keys, status] of [
    [["revoked", "good"], 200],
    [["revoked", "revoked-too"], 502],
  ] as const) {
    const keyed = await startLab({ keys: ["good"] });
    await using gateway = await startGateway({
      providers: { local: { type: "vllm", url: `${keyed.url}/v1`, key: keys } },
      models: { named: "local/m" },
    });
    for (const model of ["named", "local/m"]) {
      const response = await gateway.post("/v1/chat/completions", ask(model));
      expect(response.status).toBe(status);
    }
    await keyed.stop();
  }
});

test("the list of models tells who serves a name, and how", async () => {
  await using gateway = await startGateway({
    providers: { a: provider("echo"), b: provider("plain") },
    models: { smart: ["a/x", "b/y"], one: "a/x" },
  });
  const response = await fetch(`${gateway.url}/v1/models/smart`);
  expect(await response.json()).toEqual({
    id: "smart",
    object: "model",
    owned_by: "dragoman",
    balance: "priority",
    targets: ["a/x", "b/y"],
  });
  const one = await fetch(`${gateway.url}/v1/models/one`);
  expect(await one.json()).not.toHaveProperty("balance");
});
