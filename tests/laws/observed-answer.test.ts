import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { collect } from "../../src/chat/collect.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import type { ChatResponse } from "../../src/chat/response.ts";
import { mapEvents, observe, replayed } from "../../src/gateway/answer/observed-answer.ts";
import type { Middleware } from "../../src/gateway/call/call.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import { definePlugin } from "../../src/plugins/define-plugin.ts";
import { target, type Vendor } from "../faults/balanced.ts";
import { ask, proxies, startGateway, textOf } from "../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** A gateway in front of one vendor, with a plugin between proxy and vendor. */
async function gatewayWith(vendor: Vendor, traits: string, handle: Middleware) {
  const plugin = definePlugin({
    name: "looker",
    priority: 700,
    about: "Looks at answers.",
    options: z.strictObject({}),
    scopes: ["route"],
    create: () => ({ handle }),
  });
  const { route_type, auth, model } = target(lab, vendor, traits);
  const { name: _, ...anyModel } = model;
  const file = proxies({ route_type, auth, model: anyModel }) as {
    services: { routes: { plugins: object[] }[] }[];
  };
  file.services[0]?.routes[0]?.plugins.push({ name: "looker", config: {} });
  const gateway = await startGateway(file, { plugins: [plugin] });
  return { gateway, ask: (more: object = {}) => gateway.post("/ai", ask(model.name, more)) };
}

function looking() {
  const seen: ChatEvent[] = [];
  const ended = Promise.withResolvers<boolean>();
  const handle: Middleware = async (call, next) =>
    observe(await next(call), {
      events: (events) => void seen.push(...events),
      end: (isWhole) => ended.resolve(isWhole),
    });
  return { seen, ended: ended.promise, handle };
}

const withText = (text: string): ChatResponse => ({
  id: "r1",
  model: "m",
  choices: [{ content: [{ type: "text", text }], finishReason: "stop" }],
});

const said = ({ choices }: ChatResponse) =>
  choices[0]?.content.map((part) => (part.type === "text" ? part.text : "")).join("");

describe.each(["openai", "anthropic"] as const)("an answer of %s that is looked at", (vendor) => {
  test.each([false, true])("stream %p: is the one that the client gets", async (stream) => {
    const { seen, ended, handle } = looking();
    const looked = await gatewayWith(vendor, "plain", handle);
    const plain = await gatewayWith(vendor, "plain", (call, next) => next(call));
    await using _ = looked.gateway;
    await using __ = plain.gateway;
    const text = await (await looked.ask({ stream })).text();
    const same = await (await plain.ask({ stream })).text();
    expect(await ended).toBe(true);
    const answer = collect(seen);
    expect(answer.choices[0]?.finishReason).toBe("stop");
    const clientText = stream ? textOf(text) : JSON.parse(text).choices[0].message.content;
    expect(said(answer)).toBe(clientText);
    expect(stream ? textOf(same) : JSON.parse(same).choices[0].message.content).toBe(clientText);
  });

  test("is not whole where it breaks off", async () => {
    const { ended, handle } = looking();
    const { gateway, ask } = await gatewayWith(vendor, "eof-mid-stream", handle);
    await using _ = gateway;
    await (await ask({ stream: true })).text();
    expect(await ended).toBe(false);
  });

  test("is not whole where the client leaves", async () => {
    const { ended, handle } = looking();
    const { gateway, ask } = await gatewayWith(vendor, "stall-mid-stream", handle);
    await using _ = gateway;
    const { body } = await ask({ stream: true });
    await body?.cancel();
    expect(await ended).toBe(false);
  });

  test.each([false, true])("stream %p: is told anew where a stage changes it", async (stream) => {
    const { gateway, ask } = await gatewayWith(vendor, "plain", async (call, next) =>
      mapEvents(await next(call), {
        push: (event) =>
          event.type === "text-delta" ? [{ ...event, text: event.text.toUpperCase() }] : [event],
        end: () => [],
      }),
    );
    await using _ = gateway;
    const text = await (await ask({ stream })).text();
    const clientText = stream ? textOf(text) : JSON.parse(text).choices[0].message.content;
    expect(clientText).not.toBe("");
    expect(clientText).toBe(clientText.toUpperCase());
  });
});

test("a vendor's error page is shown to nobody, and passes a stage as it is", async () => {
  const { seen, handle } = looking();
  const { gateway, ask } = await gatewayWith("openai", "429", async (call, next, layers) =>
    mapEvents(await handle(call, next, layers), { push: () => [], end: () => [] }),
  );
  await using _ = gateway;
  const response = await ask();
  expect(response.status).toBe(429);
  expect(await response.json()).toMatchObject({ error: {} });
  expect(seen).toEqual([]);
});

test.each([false, true])("stream %p: an answer that is known is told as asked", async (stream) => {
  const known = async () => replayed(withText("as I said"));
  const { gateway, ask } = await gatewayWith("openai", "plain", known);
  await using _ = gateway;
  lab.reset();
  const text = await (await ask({ stream })).text();
  const clientText = stream ? textOf(text) : JSON.parse(text).choices[0].message.content;
  expect(clientText).toBe("as I said");
  expect(lab.requests).toEqual([]);
});
