import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../../../src/chat/error.ts";
import { type Asked, urlOf, VERTEX } from "../ask.ts";

/** What the gateway refuses is fine; what it sends is looked at. */
function sent(asked: Asked): URL | undefined {
  try {
    return new URL(urlOf(asked));
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    return undefined;
  }
}

describe("no client value leaves its place", () => {
  test.each([
    ["llm/v1/files", "/ai/files/file-1/content", "/v1/files/file-1/content"],
    ["llm/v1/batches", "/batches/b%20c", "/v1/batches/b%20c"],
    ["llm/v1/batches", "/files/batches/b/cancel/", "/v1/batches/b/cancel"],
    ["llm/v1/responses", "/x/responses/r/input_items", "/v1/responses/r/input_items"],
    ["llm/v1/assistants", "/assistants/a", "/v1/assistants/a"],
    ["llm/v1/assistants", "/threads/t/runs", "/v1/threads/t/runs"],
    ["video/v1/videos/generations", "/v1/videos/v/content", "/v1/videos/v/content"],
    ["llm/v1/files", "/other", "/v1/files"],
  ])("%s %s", (route, clientPath, path) => {
    expect(urlOf({ provider: "openai", route, clientPath })).toBe(`https://api.openai.com${path}`);
  });

  test("a stored thing goes behind a configured URL, but not behind a templated path", () => {
    const options = { upstream_url: "https://h/openai/files" };
    const files = { provider: "openai", route: "llm/v1/files", clientPath: "/files/f" };
    expect(urlOf({ ...files, options, search: "?a=1" })).toBe("https://h/openai/files/f?a=1");
    const templated = { upstream_url: "https://h/x/$(query_params.f)" };
    expect(urlOf({ ...files, options: templated, search: "?f=1" })).toBe("https://h/x/1?f=1");
  });

  test.each(["..", ".", "%2e%2e", "a%2fb", "a%5cb", "%00", "%", "", "a//b"])(
    "id %p is refused",
    (id) => {
      const attempt = () =>
        urlOf({ provider: "openai", route: "llm/v1/files", clientPath: `/files/${id}/content` });
      expect(attempt).toThrow(expect.objectContaining({ code: "invalid_request", status: 400 }));
    },
  );

  test("a model is one segment", () => {
    const bedrock = { provider: "bedrock", options: { bedrock: { aws_region: "r" } } };
    const arn = "arn:aws:bedrock:r:1:inference-profile/eu.x:0";
    expect(urlOf({ ...bedrock, model: arn })).toEndWith(
      `/model/${encodeURIComponent(arn)}/converse`,
    );
    expect(urlOf({ provider: "huggingface", model: "org/name" })).toContain("/models/org/name/v1/");
    for (const model of ["..", ".", "a/../b"]) {
      expect(() => urlOf({ ...bedrock, model })).toThrow("not allowed");
      expect(() => urlOf({ provider: "huggingface", model })).toThrow("not allowed");
    }
  });

  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(fc.constantFrom("..", ".", "/", "\\", "%2e", "%2f", "?", "#", "@", ":", "a", "\t"), {
        minLength: 1,
      })
      .map((parts) => parts.join("")),
  );

  test("no model changes host or climbs the path", () => {
    const places = [
      {
        provider: "bedrock",
        options: { bedrock: { aws_region: "r" } },
        place: /^\/model\/[^/]+\/converse$/,
      },
      { provider: "gemini", options: {}, place: /^\/v1beta\/models\/[^/]+:generateContent$/ },
      {
        provider: "gemini",
        options: VERTEX,
        place:
          /^\/v1\/projects\/p\/locations\/us-central1\/publishers\/google\/models\/[^/]+:generateContent$/,
      },
      {
        provider: "huggingface",
        options: {},
        place: /^\/hf-inference\/models\/.+\/v1\/chat\/completions$/,
      },
    ];
    fc.assert(
      fc.property(text, fc.constantFrom(...places), (model, { place, ...asked }) => {
        const url = sent({ ...asked, model });
        if (!url) return;
        expect(url.host).toBe(new URL(urlOf(asked)).host);
        expect(url.pathname).toMatch(place);
        expect(url.hash).toBe("");
      }),
    );
  });

  test("no client path changes host or climbs the path", () => {
    fc.assert(
      fc.property(text, (id) => {
        const stored = sent({
          provider: "openai",
          route: "llm/v1/files",
          clientPath: `/files/${id}`,
        });
        if (stored) {
          expect(stored.host).toBe("api.openai.com");
          expect(stored.pathname).toStartWith("/v1/files");
          expect(decodeURIComponent(stored.pathname)).not.toMatch(/(^|[/\\])\.\.?([/\\]|$)/);
        }
        const kept = sent({ provider: "openai", route: "preserve", clientPath: `/v1/${id}` });
        if (kept) {
          expect(kept.host).toBe("api.openai.com");
          expect(kept.pathname).toStartWith("/v1/");
        }
      }),
    );
  });
});
