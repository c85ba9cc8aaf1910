import { expect, test } from "bun:test";
import { ROUTES, settings } from "../../../tests/fixtures/upstream-body.ts";
import { anthropicMessages } from "../../formats/anthropic/messages/format.ts";
import { openaiChat } from "../../formats/openai/chat/format.ts";
import { compileTarget } from "../../providers/target.ts";
import { targetSchema } from "../../providers/target-schema.ts";
import { planOf } from "../call/plan.ts";
import { promptOf } from "../call/prompt.ts";
import { upstreamBody } from "./upstream-body.ts";

const source = { headers: new Headers(), search: "", captures: {} };

test("what a provider refuses in messages is taken out of a translated request too, and told", () => {
  const target = compileTarget(
    targetSchema.parse({ route_type: "llm/v1/chat", model: { provider: "openai", name: "gpt-5" } }),
  );
  const thinking = { type: "thinking", thinking: "hm", signature: "s" };
  const prompt = promptOf(anthropicMessages, {
    model: "m",
    max_tokens: 9,
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [thinking, { type: "text", text: "Hello" }] },
      { role: "user", content: "Go on" },
    ],
  });
  const body = upstreamBody(prompt, planOf(target.resolve(source), settings, "gpt-5", false));
  expect(JSON.stringify(body.wire)).not.toContain("hm");
  expect(body.wire["messages"]).toMatchObject([{}, { role: "assistant", content: "Hello" }, {}]);
  const told = body.notices.map(({ kind, field }) => `${kind} ${field}`);
  expect(told).toContain("dropped messages[1].reasoning_content");
  expect(told).toContain("dropped messages[1].reasoning_details");
});

test("what a vendor knows that no table here does reaches it in extra_body, and only so", () => {
  const options = { mistral_format: "openai" };
  const model = { provider: "mistral", name: "mistral-small-latest", options };
  const target = compileTarget(targetSchema.parse({ route_type: "llm/v1/chat", model }));
  const messages = [{ role: "user", content: "Hi" }];
  const sent = (more: object) => {
    const prompt = promptOf(openaiChat, { model: "m", messages, ...more });
    return upstreamBody(prompt, planOf(target.resolve(source), settings, model.name, false));
  };
  expect(sent({ extra_body: { brand_new: 1 } }).wire).toMatchObject({ brand_new: 1, messages });
  const refused = sent({ brand_new: 1 });
  expect(refused.wire).not.toHaveProperty("brand_new");
  expect(refused.notices).toMatchObject([{ kind: "dropped", field: "brand_new" }]);
});

test.each(["openai", "mistral"])(
  "a call of %s that is no stream asks for no usage report: vendors refuse it beside a whole answer",
  (provider) => {
    const [name = "", options] = ROUTES[provider] ?? [];
    const asked = { route_type: "llm/v1/chat", logging: { log_statistics: true } };
    const auth = { header_name: "Authorization", header_value: "k" };
    const target = compileTarget(
      targetSchema.parse({ ...asked, auth, model: { provider, name, options } }),
    );
    const sent = (stream: boolean) => {
      const messages = [{ role: "user", content: "Hi" }];
      const prompt = promptOf(anthropicMessages, { model: "m", max_tokens: 9, messages, stream });
      return upstreamBody(prompt, planOf(target.resolve(source), settings, name, stream)).wire;
    };
    expect(JSON.stringify(sent(false))).not.toContain("stream_options");
    expect(sent(true)).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  },
);
