import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { proxies, startGateway, type TestGateway } from "../../gateway.ts";

const OLD = "2023-06-01";
const NEW = "2026-10-21";

let lab: Lab;
let gateway: TestGateway;
beforeAll(async () => {
  lab = await startLab({ keys: ["sk-ant"] });
  const target = (path: string, version: string, route_type: string, auth: object) => ({
    path,
    route_type,
    auth,
    model: {
      provider: "anthropic",
      name: "claude-sonnet-4",
      options: { anthropic_version: version, upstream_url: `${lab.url}/v1/messages` },
    },
  });
  const key = { header_name: "x-api-key", header_value: "sk-ant" };
  const bearer = { header_name: "Authorization", header_value: "Bearer sk-ant" };
  gateway = await startGateway(
    proxies(
      target("/old", OLD, "llm/v1/chat", key),
      target("/new", NEW, "llm/v1/chat", bearer),
      target("/native-old", OLD, "preserve", key),
      target("/native-new", NEW, "preserve", bearer),
    ),
  );
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});

const SAMPLED = {
  max_tokens: 9,
  messages: [{ role: "user", content: "Hi" }],
  temperature: 0.5,
  top_p: 0.9,
};
/** What the lab was sent last: it refuses what the version it is sent does not take. */
function sent(): { readonly headers: Headers; readonly body: Record<string, unknown> } {
  const request = lab.requests.at(-1);
  return { headers: request?.headers ?? new Headers(), body: JSON.parse(request?.body ?? "{}") };
}

describe("a translated request has the version that its target is pinned to", () => {
  test("2023-06-01 takes sampling", async () => {
    const headers = { "anthropic-version": NEW };
    expect((await gateway.post("/old", SAMPLED, { headers })).status).toBe(200);
    expect(sent().headers.get("anthropic-version")).toBe(OLD);
    expect(sent().body).toMatchObject({ temperature: 0.5, top_p: 0.9 });
  });

  test("2026-10-21 is sent none, and that is told", async () => {
    const response = await gateway.post("/new", SAMPLED);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-dragoman-notices")).toBe("dropped temperature, dropped top_p");
    expect(sent().headers.get("anthropic-version")).toBe(NEW);
    expect(sent().body).not.toHaveProperty("temperature");
  });
});

describe("a client whose own request goes through has its own version, once", () => {
  const asked = { ...SAMPLED, model: "claude-sonnet-4" };
  const { temperature: _, top_p: __, ...plain } = asked;

  test.each<[string, string, object, string]>([
    ["/native-old", NEW, plain, NEW],
    ["/native-new", OLD, asked, OLD],
    ["/native-old", `${OLD}, ${OLD}`, asked, OLD],
    ["/native-old", "", asked, OLD],
  ])("%s asked in %j", async (path, version, body, expected) => {
    const headers = version === "" ? {} : { "anthropic-version": version };
    const response = await gateway.post(path, body, { headers });
    expect(response.status, await response.text()).toBe(200);
    const versions = lab.requests
      .at(-1)
      ?.headerLines.filter(([n]) => /^anthropic-version$/i.test(n));
    expect(versions).toEqual([["anthropic-version", expected]]);
    expect(sent().body).toMatchObject(body);
  });
});

test.each(["/old", "/new"])("%s: a client's own keys go nowhere", async (path) => {
  const headers = { authorization: "Bearer theirs", "x-api-key": "theirs" };
  const response = await gateway.post(path, { ...SAMPLED, temperature: 1 }, { headers });
  expect(response.status, await response.text()).toBe(200);
  expect(JSON.stringify(lab.requests.at(-1)?.headerLines)).not.toContain("theirs");
});

test("the lab refuses under 2026-10-21 what Anthropic does", async () => {
  const ask = (body: object) =>
    fetch(`${lab.url}/v1/messages`, {
      method: "POST",
      headers: { authorization: "Bearer sk-ant", "anthropic-version": NEW },
      body: JSON.stringify({ model: "claude-sonnet-4", ...body }),
    }).then((response) => response.text());
  const user = (content: unknown) => ({ max_tokens: 9, messages: [{ role: "user", content }] });
  expect(await ask({ ...SAMPLED, temperature: 1 })).toContain("Extra inputs are not permitted");
  const cited = [{ type: "text", text: "a", citations: [{ type: "char_location" }] }];
  expect(await ask(user(cited))).toContain("citations are not permitted");
  expect(await ask(user("a"))).toContain('"role":"assistant"');
});
