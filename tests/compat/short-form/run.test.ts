import { afterEach, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { loadConfig } from "../../../src/config/load-config.ts";
import { keyDigest } from "../../../src/plugins/key-auth/key-index.ts";
import { PLUGINS } from "../../../src/plugins/registry.ts";
import { startGateway, type TestGateway } from "../../gateway.ts";
import { type ScriptedModel, scriptedModel } from "../plugins/scripted-model.ts";

/** Each answer of the model counts 25 tokens in and 12 out: at a price of 10 a million each, 0.00037. */
let model: ScriptedModel;
const START_MS = Date.UTC(2027, 0, 30, 12);

beforeEach(() => {
  model = scriptedModel(() => "Yes.");
  setSystemTime(new Date(START_MS));
});
afterEach(async () => {
  setSystemTime();
  await model[Symbol.asyncDispose]();
});

function file(run: object, options: object = { input_cost: 10, output_cost: 10 }) {
  return {
    providers: {
      here: { type: "openai", key: "sk-here", url: model.url.replace("/chat/completions", "") },
    },
    models: { smart: { use: "here/m", options: { max_tokens: 12, ...options } } },
    keys: { ann: keyDigest("key-ann"), bob: keyDigest("key-bob") },
    run,
  };
}

interface Asking {
  readonly who?: string;
  readonly session?: string;
  readonly header?: string;
  readonly messages?: readonly object[];
}

async function ask(gateway: TestGateway, asking: Asking = {}) {
  const { who = "ann", session = "s1", header = "x-session-id", messages } = asking;
  const body = { model: "smart", messages: messages ?? [{ role: "user", content: "Is it?" }] };
  const response = await gateway.post("/v1/chat/completions", body, {
    headers: { authorization: `Bearer key-${who}`, ...(session && { [header]: session }) },
  });
  const { error } = (await response.json()) as { error?: { message: string } };
  return { status: response.status, headers: response.headers, error };
}

async function statuses(gateway: TestGateway, askings: readonly Asking[]): Promise<number[]> {
  const seen: number[] = [];
  for (const one of askings) seen.push((await ask(gateway, one)).status);
  return seen;
}

const ENDING = "Begin a new session to go on; this one is forgotten after 24 hours without a call.";

test("money: the call that may pass it is refused for good, and another session goes on", async () => {
  await using gateway = await startGateway(file({ max: "$0.0008" }));
  expect(await statuses(gateway, [{}, {}])).toEqual([200, 200]);
  const { status, headers, error } = await ask(gateway);
  expect(status).toBe(402);
  expect(error).toMatchObject({ type: "insufficient_quota", code: "insufficient_quota" });
  expect(error?.message).toBe(
    `This run of an agent is over: the 0.0008 that it may cost are spent, or this call may cost more than is left of them. ${ENDING}`,
  );
  expect(headers.get("x-should-retry")).toBe("false");
  expect(headers.get("retry-after")).toBe("86400");
  expect(model.questions).toHaveLength(2);
  expect((await ask(gateway, { session: "s2" })).status).toBe(200);
  expect(await gateway.record(3)).toMatchObject({
    ai: { "agent-run": { session: "s1", ended: expect.stringContaining("are spent") } },
  });
});

test("calls: many at once are not more than one after the other", async () => {
  await using gateway = await startGateway(file({ calls: 3 }));
  const seen = await Promise.all(Array.from({ length: 10 }, () => ask(gateway)));
  expect(seen.filter(({ status }) => status === 200)).toHaveLength(3);
  const [refused] = seen.filter(({ status }) => status === 402);
  expect(refused?.error?.message).toBe(
    `This run of an agent is over: it has made the 3 calls that it may make. ${ENDING}`,
  );
});

test("minutes: they count from the first call, and a run that is forgotten begins anew", async () => {
  await using gateway = await startGateway(file({ minutes: 60 }));
  expect((await ask(gateway)).status).toBe(200);
  setSystemTime(new Date(START_MS + 59 * 60_000));
  expect((await ask(gateway)).status).toBe(200);
  setSystemTime(new Date(START_MS + 60 * 60_000));
  const { status, error } = await ask(gateway);
  expect(status).toBe(402);
  expect(error?.message).toBe(
    `This run of an agent is over: the 60 minutes that it may take are over. ${ENDING}`,
  );
  setSystemTime(new Date(START_MS + 26 * 3_600_000));
  expect((await ask(gateway)).status).toBe(200);
});

test("a session of one caller never counts for another, and a call without one is in no run", async () => {
  await using gateway = await startGateway(file({ calls: 1 }));
  const askings = [{}, { who: "bob" }, {}, { who: "bob" }, { session: "" }, { session: "" }];
  expect(await statuses(gateway, askings)).toEqual([200, 200, 402, 402, 200, 200]);
});

test.each(["x-session-id", "x-claude-code-session-id", "session_id", "session-id"])(
  "%s names a session",
  async (header) => {
    await using gateway = await startGateway(file({ calls: 1 }));
    expect(await statuses(gateway, [{ header }, { header }])).toEqual([200, 402]);
  },
);

const calling = (name: string, args: string) => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id: "c", type: "function", function: { name, arguments: args } }],
});
const result = { role: "tool", tool_call_id: "c", content: "no such file" };
const turns = (count: number, name = "read", args = '{"path":"a","line":1}') =>
  Array.from({ length: count }, () => [calling(name, args), result]).flat();
const begun = { role: "user", content: "Fix it." };

describe("loops", () => {
  test("the same call of a tool more often than it may ends the run with a sentence that says so", async () => {
    await using gateway = await startGateway(file({ loops: 3 }));
    expect((await ask(gateway, { messages: [begun, ...turns(3)] })).status).toBe(200);
    const { status, headers, error } = await ask(gateway, { messages: [begun, ...turns(4)] });
    expect(status).toBe(402);
    expect(error?.message).toBe(
      `This run of an agent is over: it has called the tool 'read' with the same arguments 4 times in a row, and may 3 times. ${ENDING}`,
    );
    expect(headers.get("x-should-retry")).toBe("false");
    expect(model.questions).toHaveLength(1);
  });

  test.each([
    ["other arguments between", [...turns(2), ...turns(1, "read", '{"path":"b"}'), ...turns(3)]],
    ["another tool between", [...turns(2), ...turns(1, "list"), ...turns(3)]],
    ["another call since", [...turns(9), ...turns(1, "list")]],
    ["no call at all", []],
  ])("with %s it goes on", async (_, more) => {
    await using gateway = await startGateway(file({ loops: 3 }));
    expect((await ask(gateway, { messages: [begun, ...more] })).status).toBe(200);
  });

  test("the same arguments in another order and with other blanks are the same", async () => {
    await using gateway = await startGateway(file({ loops: 3 }));
    const more = [...turns(2), ...turns(2, "read", '{ "line": 1, "path": "a" }')];
    expect((await ask(gateway, { messages: [begun, ...more] })).status).toBe(402);
  });

  test("what is said between the calls does not count, and several in one turn do", async () => {
    await using gateway = await startGateway(file({ loops: 3 }));
    const reminder = { role: "user", content: "Remember the plan." };
    const more = turns(4).flatMap((turn) => [turn, reminder]);
    expect((await ask(gateway, { messages: [begun, ...more] })).status).toBe(402);
    const { tool_calls: calls } = calling("read", "{}");
    const at_once = { role: "assistant", tool_calls: Array(4).fill(calls).flat() };
    expect((await ask(gateway, { messages: [begun, at_once, result] })).status).toBe(402);
  });

  test("it is seen in a body that other threads read, too", async () => {
    await using gateway = await startGateway(file({ loops: 3 }));
    const long = { role: "user", content: "word ".repeat(200_000) };
    const messages = (count: number) => [begun, long, ...turns(count)];
    expect(await statuses(gateway, [{ messages: messages(3) }, { messages: messages(4) }])).toEqual(
      [200, 402],
    );
  });
});

test("a circle is seen in the client's dialect, and told of in it", async () => {
  await using gateway = await startGateway(file({ loops: 3 }));
  const used = { type: "tool_use", id: "t", name: "Read", input: { path: "a" } };
  const told = { type: "tool_result", tool_use_id: "t", content: "no such file" };
  const turn = [
    { role: "assistant", content: [used] },
    { role: "user", content: [told, { type: "text", text: "Remember the plan." }] },
  ];
  const messages = (count: number) => [begun, ...Array(count).fill(turn).flat()];
  const send = (count: number) =>
    gateway.post(
      "/v1/messages",
      { model: "smart", max_tokens: 9, messages: messages(count) },
      { headers: { authorization: "Bearer key-ann", "x-claude-code-session-id": "s" } },
    );
  expect((await send(3)).status).toBe(200);
  const refused = await send(4);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("x-should-retry")).toBe("false");
  expect(await refused.json()).toMatchObject({
    type: "error",
    error: { type: "billing_error", message: expect.stringContaining("the tool 'Read'") },
  });
});

test("in the declarative form it is a plugin, with headers and a status of one's own", async () => {
  const config = {
    _format_version: "3.0",
    routes: [{ name: "r", paths: ["/r"] }],
    plugins: [
      { name: "agent-run", config: { calls: 1, headers: ["x-run"], spent_status: 429 } },
      {
        name: "ai-proxy",
        config: {
          route_type: "llm/v1/chat",
          auth: { header_name: "Authorization", header_value: "Bearer sk-a" },
          model: { provider: "openai", name: "m", options: { upstream_url: model.url } },
        },
      },
    ],
  };
  await using gateway = await startGateway(config);
  const body = { messages: [{ role: "user", content: "Is it?" }] };
  const send = (header: string) => gateway.post("/r", body, { headers: { [header]: "s" } });
  for (const header of ["x-run", "x-session-id"]) expect((await send(header)).status).toBe(200);
  const refused = await send("x-run");
  expect(refused.status).toBe(429);
  expect(refused.headers.get("x-should-retry")).toBe("false");
});

describe("run in a file", () => {
  const problems = (run: unknown, options: object = {}) => {
    const text = JSON.stringify({ ...file({}, options), run });
    const context = { env: {}, plugins: PLUGINS, readFile: () => "" };
    const result = loadConfig({ text, file: "gateway.yaml" }, context);
    const found = "config" in result ? result.config.warnings : result.problems;
    return found.map(({ path, message }) => `${path}: ${message}`);
  };

  test.each([
    [{ max: "2" }, "run.max: expected a sum of money: $2"],
    [{ max: "$0" }, "run.max: expected a sum of money: $2"],
    [{}, "run: say at least one of: max, calls, minutes, loops"],
    [{ calls: 1, tokens: 5 }, "run.tokens: unknown field"],
  ])("%j: %s", (run, problem) => expect(problems(run)).toContain(problem));

  test("money without prices is warned of", () => {
    expect(problems({ max: "$2" })).toEqual([
      "models.smart: 'smart' has no prices (options: input_cost, output_cost), so it uses up no budget in money",
    ]);
    expect(problems({ calls: 2 })).toEqual([]);
  });
});
