import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VARIANTS, type Variant } from "../../docs/provider-fidelity.ts";
import { GatewayError } from "../../src/chat/error.ts";
import type { JsonObject } from "../../src/chat/json.ts";
import { openaiChat } from "../../src/formats/openai/chat/format.ts";
import { HeaderMap } from "../../src/framing/header-map.ts";
import type { ClientRequest } from "../../src/gateway/call/client.ts";
import { bodyOf } from "../../src/gateway/call/client-body.ts";
import { type Plan, type ProxySettings, planOf } from "../../src/gateway/call/plan.ts";
import type { Prompt } from "../../src/gateway/call/prompt.ts";
import { estimatedTokens, promptIn } from "../../src/gateway/call/prompt.ts";
import {
  readLarge,
  wholePrompt,
  withWire,
  writeLarge,
} from "../../src/gateway/request/large-body.ts";
import { upstreamBody } from "../../src/gateway/request/upstream-body.ts";
import { compileTarget } from "../../src/providers/target.ts";
import { targetSchema } from "../../src/providers/target-schema.ts";
import { NOBODY } from "../../src/server/client-presence.ts";
import { openSampleCall } from "../fixtures/sample-call.ts";
import { settings } from "../fixtures/upstream-body.ts";
import { chatRequest, word } from "./arbitraries.ts";

const SETTINGS: ProxySettings = {
  ...settings,
  optionsPrecedence: "request",
  secretNames: new Set(["xsecret"]),
};

/** A plan for a provider's target with a cap on tokens, a credential in the body, and statistics. */
function planFor({ provider, written }: Variant, model: string, stream: boolean): Plan {
  const target = compileTarget(
    targetSchema.parse({
      route_type: "llm/v1/chat",
      auth: { param_name: "key", param_value: "k", param_location: "body" },
      logging: { log_statistics: true },
      model: {
        provider: provider.name,
        options: {
          max_tokens: 50,
          upstream_url: "http://127.0.0.1:1/v1",
          anthropic_version: "2023-06-01",
          azure_instance: "i",
          azure_deployment_id: "d",
          ...written,
        },
      },
    }),
    {},
  );
  const resolved = target.resolve({ headers: HeaderMap.of(), search: "", captures: {} });
  return planOf(resolved, SETTINGS, model, stream);
}

/** What a client may write: a request in its dialect, with members that nobody knows and numbers no double holds. */
const written = fc
  .tuple(chatRequest, fc.dictionary(word, fc.jsonValue()), fc.boolean(), fc.boolean())
  .map(([chat, unknown, isNamedTwice, isCut]) => {
    const { wire } = openaiChat.encodeRequest(chat);
    const text = JSON.stringify({ ...unknown, ...wire });
    const named = isNamedTwice
      ? text.replace("{", '{"model": "other", "big": 12345678901234567890,')
      : text;
    return isCut ? named.slice(0, -1) : named;
  });

/** What a route may change of a request after it was read. */
const change = fc.constantFrom<(wire: JsonObject) => JsonObject>(
  (wire) => wire,
  (wire) => ({ ...wire, model: "another" }),
  ({ stream: _, stream_options: _options, ...wire }) => wire,
);

interface Sent {
  readonly body: string;
  readonly tokens: number;
  readonly stream: boolean;
  readonly more: object;
}

type Change = (wire: JsonObject) => JsonObject;

function here(text: string, plan: Plan, changed: Change): Sent {
  const read = promptIn(new TextEncoder().encode(text), openaiChat, "application/json");
  const prompt = changeOf(read, changed);
  const { wire, bytes: _, ...more } = upstreamBody(prompt, plan);
  const body = JSON.stringify({ ...wire, key: "k" });
  return { body, tokens: estimatedTokens(prompt, true), stream: prompt.stream, more };
}

async function elsewhere(text: string, plan: Plan, changed: Change): Promise<Sent> {
  const bytes = new TextEncoder().encode(text);
  const request = requestWith(bytes);
  const record = openSampleCall({ ai: null });
  const read = await readLarge(bytes, openaiChat, { request, client: NOBODY });
  expect(bytes.byteLength).toBe(0);
  const prompt = changeOf(read, changed);
  const { large } = prompt;
  if (!large) throw new Error("a large body is one");
  large.isKept = true;
  const whole = wholePrompt(prompt);
  const outcome = await writeLarge({ record, client: NOBODY }, prompt, large, plan);
  expect(wholePrompt(prompt).wire).toEqual(whole.wire);
  const { written, request: _, text: _text, ...more } = outcome;
  const body = new TextDecoder().decode(written);
  return { body, tokens: estimatedTokens(prompt, true), stream: prompt.stream, more };
}

function changeOf(prompt: Prompt, changed: Change): Prompt {
  const wire = changed(prompt.wire);
  return wire === prompt.wire ? prompt : withWire(prompt, wire);
}

function requestWith(bytes: Uint8Array): ClientRequest {
  const headers = HeaderMap.of([["content-type", "application/json"]]);
  const addressed = { method: "POST", scheme: "http", host: "h", path: "/", search: "" };
  return { ...addressed, headers, debug: false, body: bodyOf(bytes) };
}

function told(thrown: unknown): object {
  if (!(thrown instanceof GatewayError)) throw thrown;
  const { code, message, status, vendor, retryAfterMs } = thrown;
  return { code, message, status, vendor, retryAfterMs };
}

describe("a large body is sent as a small one is, though another thread reads and writes it", () => {
  for (const variant of VARIANTS) {
    test(variant.label, async () => {
      const property = fc.asyncProperty(
        written,
        fc.boolean(),
        change,
        async (text, stream, changed) => {
          const plan = planFor(variant, variant.model || "m", stream);
          const expected = (async () => here(text, plan, changed))().catch(told);
          const actual = elsewhere(text, plan, changed).catch(told);
          expect(await actual).toEqual(await expected);
        },
      );
      await fc.assert(property, { numRuns: 40 });
    });
  }
});

test("only an outline of a large body comes back: what calls are decided by", async () => {
  const wire = {
    model: "m",
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: "user", content: "hi" }],
    tools: [],
    metadata: { a: "b" },
    user: "u".repeat(10_000),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(wire));
  const request = requestWith(bytes);
  const prompt = await readLarge(bytes, openaiChat, { request, client: NOBODY });
  const { model, stream, stream_options } = wire;
  expect(prompt.wire).toEqual({
    ...{ model, stream, stream_options },
    messages: [null],
    tools: [],
    metadata: {},
    user: "u".repeat(4096),
  });
  expect(prompt.chat()).toEqual(openaiChat.decodeRequest(wire));
  expect(request.body.bytes(0)).rejects.toThrow("the body was given away");
});
