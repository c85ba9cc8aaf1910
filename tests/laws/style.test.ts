import { describe, expect, test } from "bun:test";
import { SOURCES } from "./sources.ts";

const MAX_LINES = 300;
const MAX_TEST_LINES = 400;

const VENDOR = /anthropic|bedrock|gemini|cohere|ollama|openai(?!Record)/i;
/** Rooms whose business vendors are. */
const VENDOR_ROOMS = /^(?:formats|providers|lab|config|cli|credentials|embeddings)\//;
const VENDOR_FILES: Readonly<Record<string, string>> = {
  "admin/openapi-operations.ts": "the client dialects' schemas, by their names in the description",
  "gateway/call/asked-format.ts": "the table of vendors' addresses that clients call",
  "gateway/call/client-format.ts": "the table of client dialects",
  "gateway/proxy/proxy-llm.ts":
    "errors of preserved calls have OpenAI's shape, as the reference's have",
  "plugins/ai-proxy/ai-proxy.ts": "a rule of the reference about one provider's old options",
  "plugins/proxy-fields.ts": "the default of llm_format is a dialect's name",
  "plugins/model-router/model-router.ts": "clients of the short form speak OpenAI's dialect",
  "plugins/model-router/options.ts": "clients of the short form speak OpenAI's dialect",
};

test(`no file has more than ${MAX_LINES} lines, no test more than ${MAX_TEST_LINES}`, () => {
  const long = SOURCES.filter(({ text, isTest }) => {
    return text.split("\n").length - 1 > (isTest ? MAX_TEST_LINES : MAX_LINES);
  });
  expect(long.map(({ path }) => path)).toEqual([]);
});

test("the median file is under 150 lines", () => {
  const counts = SOURCES.filter(({ isTest }) => !isTest)
    .map(({ text }) => text.split("\n").length - 1)
    .sort((a, b) => a - b);
  expect(counts[Math.floor(counts.length / 2)]).toBeLessThan(150);
});

test("paths are in kebab case", () => {
  const kebab = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)*\.ts$/;
  expect(SOURCES.map(({ path }) => path).filter((path) => !kebab.test(path))).toEqual([]);
});

test.each([
  ["default export", /^export default\b/m],
  ["enum", /^(?:export )?(?:const )?enum\s/m],
  // The linter finds the rest: `name: any` may also be a value.
  ["any", /\bas any\b|<any\b|\bany\[\]|, any>|\): any\b/],
  ["suppressed type error", /@ts-(?:ignore|expect-error|nocheck)/],
  ["import without its extension", /from "\.[^"]*(?<!\.ts|\.json)"/],
])("there is no %s", (_, pattern) => {
  const found = SOURCES.filter(({ text, code }) =>
    pattern.test(pattern.source.startsWith("@ts") ? text : code),
  );
  expect(found.map(({ path }) => path)).toEqual([]);
});

describe("vendors are named only where they are the business", () => {
  const naming = SOURCES.filter(
    ({ path, code, isTest }) => !isTest && !VENDOR_ROOMS.test(path) && VENDOR.test(code),
  ).map(({ path }) => path);

  test("no other file names one", () => {
    expect(naming.filter((path) => !Object.hasOwn(VENDOR_FILES, path))).toEqual([]);
  });

  test("every exception is still needed", () => {
    expect(Object.keys(VENDOR_FILES).filter((path) => !naming.includes(path))).toEqual([]);
  });
});

/**
 * Members of OpenAI's requests: by names that mean nothing else, and by names that are words of our own too
 * where they are read of a wire object.
 */
const REQUEST_MEMBER =
  /\b(?:stream_options|include_usage|tool_calls|tool_choice|tool_call_id|function_call|parallel_tool_calls|max_completion_tokens|response_format|reasoning_content|reasoning_details|extra_body)\b|"(?:messages|instructions|functions)"|\[\s*"(?:model|stream|n|prompt|input)"\s*\]|\bwire\??\.(?:messages|prompt|input|instructions|model|stream|n|functions|tools)\b|\{[^{}]*\b(?:messages|prompt|input|instructions|model|stream|n|functions)\b[^{}]*\} = (?:\w+\.)*wire\b/;
const MEMBER_FILES: Readonly<Record<string, string>> = {
  "gateway/call/client-paths.ts": "messages that a plugin added, for notices and errors",
  "gateway/request/client-prompt.ts": "a sentence that names a member",
  "gateway/request/token-input.ts": "texts for vectors are asked for in OpenAI's dialect alone",
  "plugins/ai-prompt-template/ai-prompt-template.ts":
    "a template is a body in OpenAI's dialect, by the reference's rules",
};

describe("what a request asks for is its dialect's to say", () => {
  const naming = SOURCES.filter(
    ({ path, code, isTest }) =>
      !isTest && /^(?:gateway|plugins)\//.test(path) && REQUEST_MEMBER.test(code),
  ).map(({ path }) => path);

  test("nothing else in gateway/ or plugins/ names a member of OpenAI's requests", () => {
    expect(naming.filter((path) => !Object.hasOwn(MEMBER_FILES, path))).toEqual([]);
  });

  test("every exception is still needed", () => {
    expect(Object.keys(MEMBER_FILES).filter((path) => !naming.includes(path))).toEqual([]);
  });
});
