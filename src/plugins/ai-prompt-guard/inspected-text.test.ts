import { expect, test } from "bun:test";
import { commonFormat, promptFormat } from "../../gateway/call/client-format.ts";
import { promptOf } from "../../gateway/call/prompt.ts";
import { type Inspection, inspectedText } from "./inspected-text.ts";

const user = (content: unknown) => ({ role: "user", content });
const TALK = [user("one"), { role: "assistant", content: "two" }, user("three")];
const USER = { allRoles: false, lastOnly: false };
const LAST = { allRoles: false, lastOnly: true };
const ALL = { allRoles: true, lastOnly: false };

test.each([
  ["the user, newest first", TALK, USER, "three one "],
  ["the last message", TALK, LAST, "three"],
  ["every role", TALK, ALL, "three two one "],
  [
    "a call of a tool has no text",
    [...TALK, { role: "assistant", content: null }],
    ALL,
    "three two one ",
  ],
  [
    "parts of text",
    [
      user([
        { type: "text", text: "a" },
        { type: "input_text", text: "b" },
      ]),
    ],
    USER,
    "a b ",
  ],
  ["an image alone", [user("before"), user([{ type: "image_url", image_url: {} }])], LAST, ""],
  ["nobody asks", [{ role: "system", content: "s" }], USER, ""],
  ["odd content", [user({ text: "hidden" })], USER, undefined],
  ["odd parts", [user([7])], USER, undefined],
  ["odd messages", ["hidden"], USER, undefined],
  ["no messages", [], USER, undefined],
])("chat: %s", (_name, messages, inspection, text) => {
  const wire = JSON.parse(JSON.stringify({ messages }));
  expect(inspectedText(promptOf(commonFormat, wire), inspection)?.said).toBe(text);
});

test.each([
  [{ prompt: "a prompt" }, "a prompt"],
  [{ prompt: ["one", "two"] }, "one two"],
  [{ prompt: [1, 2, 3] }, undefined],
  [{ input: "a question" }, "a question "],
  [{ input: ["a text", "another"] }, "a text another "],
  [{ input: [1, 2, 3] }, undefined],
  [{ input: [[1], [2]] }, undefined],
  [{ input: [] }, undefined],
  [{ input: [{ role: "user", content: [{ type: "input_text", text: "x" }] }] }, "x "],
  [{ model: "m" }, undefined],
])("%j says %j", (wire, text) => {
  const json = JSON.parse(JSON.stringify(wire));
  expect(inspectedText(promptOf(promptFormat("openai", json), json), USER)?.said).toBe(text);
});

test("instructions are the system's words", () => {
  const wire = { instructions: "be brief", input: "hello" };
  expect(inspectedText(promptOf(commonFormat, wire), ALL)?.said).toBe("hello be brief ");
});

test("native requests are read in their own dialect", () => {
  const contents = [{ role: "user", parts: [{ text: "one" }, { text: "two" }] }];
  const gemini = { contents, systemInstruction: { parts: [{ text: "s" }] } };
  const read = promptOf(promptFormat("gemini", gemini), gemini);
  expect(inspectedText(read, ALL)?.said).toBe("one two s ");
});

test("a native request that does not decode is looked at all the same", () => {
  const wire = { messages: [{ role: "narrator", content: [{ type: "odd", deep: ["secret"] }] }] };
  const read = promptOf(promptFormat("anthropic", wire), wire);
  expect(() => read.chat()).toThrow();
  expect(inspectedText(read, USER)?.sent).toContain("secret");
});

const base64 = (text: string) => Buffer.from(text).toString("base64");
const base64Latin = (text: string) => Buffer.from(text, "latin1").toString("base64");
const called = (args: string) => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: args } }],
});
const tool = (definition: object) => ({ tools: [{ type: "function", function: definition }] });
const file = (file_data: string, filename = "f") => ({
  type: "file",
  file: { file_data, filename },
});
const HI = user("hi");

/** Where a word can stand so that a vendor is sent it. */
const PLACES: Readonly<Record<string, object>> = {
  "a text file, as a data URI": {
    messages: [user([file(`data:text/plain;base64,${base64("a secret")}`)])],
  },
  "its URI in other letters": {
    messages: [user([file(`DATA:TEXT/Markdown;charset=utf-8;base64,${base64("a secret")}`)])],
  },
  "a URI that is not base64": { messages: [user([file("data:,a%20secr%65t")])] },
  "an unknown type": {
    messages: [user([file(`data:application/x-sh;base64,${base64("secret")}`)])],
  },
  "a drawing": {
    messages: [
      user([{ type: "image_url", image_url: { url: "data:image/svg+xml,%3Ctext%3Esecret" } }]),
    ],
  },
  "bytes without a type": { messages: [user([file(base64("a secret"))])] },
  "a file's name": { messages: [user([file("data:application/pdf;base64,AAAA", "secret.pdf")])] },
  "two parts": {
    messages: [
      user([
        { type: "text", text: "sec" },
        { type: "text", text: "ret" },
      ]),
    ],
  },
  "a part and a file": {
    messages: [
      user([{ type: "text", text: "sec" }, file(`data:text/plain;base64,${base64("ret")}`)]),
    ],
  },
  "two messages": { messages: [user("sec"), user("ret")] },
  "two messages with the system's between": {
    messages: [user("sec"), { role: "system", content: "s" }, user("ret")],
  },
  "a role in other letters": { messages: [HI, { role: "User", content: "secret" }] },
  "a role of no meaning": { messages: [HI, { role: "narrator", content: "secret" }] },
  "the result of a function": {
    messages: [HI, { role: "function", name: "f", content: "secret" }],
  },
  "the speaker's name": { messages: [{ ...HI, name: "secret" }] },
  "a member of a message that nobody knows": { messages: [{ ...HI, hint: { deep: ["secret"] } }] },
  "a tool's name": { messages: [HI], ...tool({ name: "secret" }) },
  "a tool's description": { messages: [HI], ...tool({ name: "f", description: "secret" }) },
  "a parameter's description": {
    messages: [HI],
    ...tool({ name: "f", parameters: { properties: { a: { description: "secret" } } } }),
  },
  "a parameter's name": {
    messages: [HI],
    ...tool({ name: "f", parameters: { properties: { secret: { type: "string" } } } }),
  },
  "a property called type": {
    messages: [HI],
    ...tool({ name: "f", parameters: { properties: { type: { enum: ["secret"] } } } }),
  },
  "a name in a default": {
    messages: [HI],
    ...tool({ name: "f", parameters: { properties: { a: { default: { secret: 1 } } } } }),
  },
  "a value under a word of the protocol": {
    messages: [HI],
    ...tool({ name: "f", parameters: { properties: { a: { enum: [{ role: "secret" }] } } } }),
  },
  "a keyword's value that is none": {
    messages: [HI],
    ...tool({ name: "f", parameters: { properties: { a: { type: "a secret", format: "x" } } } }),
  },
  "a schema's format": {
    messages: [HI],
    response_format: {
      type: "json_schema",
      json_schema: { schema: { properties: { a: { type: "string", format: "secret" } } } },
    },
  },
  "a keyword of the client's own": {
    messages: [HI],
    ...tool({ name: "f", parameters: { "x-secret": 1 } }),
  },
  "bytes that look like base64 in a schema": {
    messages: [HI],
    ...tool({ name: "f", parameters: { default: { data: "secret-".repeat(20) } } }),
  },
  "a document's id": { messages: [HI], documents: [{ id: "secret", data: "x" }] },
  "an example of a tool's input": {
    messages: [HI],
    tools: [{ name: "f", input_schema: {}, input_examples: [{ type: "secret" }] }],
  },
  "text in Latin-1": {
    messages: [user([file(`data:text/plain;base64,${base64Latin("secret caf\xe9")}`)])],
  },
  "text in UTF-16": {
    messages: [
      user([
        file(`data:text/plain;base64,${Buffer.from("\ufeffsecret", "utf16le").toString("base64")}`),
      ]),
    ],
  },
  "an escape beside one that is none": { messages: [user([file("data:text/plain,secr%65t %zz")])] },
  "base64 with a parameter behind": {
    messages: [user([file(`data:text/plain;base64;x=y,${base64("secret")}`)])],
  },
  "two messages with an empty one between": {
    messages: [user("sec"), { role: "assistant", content: "" }, user("ret")],
  },
  "a legacy function": { messages: [HI], functions: [{ name: "f", description: "secret" }] },
  "a format's description": {
    messages: [HI],
    response_format: { type: "json_schema", json_schema: { name: "n", description: "secret" } },
  },
  "a format's schema": {
    messages: [HI],
    response_format: { type: "json_schema", json_schema: { schema: { title: "secret" } } },
  },
  "a prediction": { messages: [HI], prediction: { type: "content", content: "secret" } },
  "a stop word": { messages: [HI], stop: ["secret"] },
  "the user's name": { messages: [HI], user: "secret" },
  metadata: { messages: [HI], metadata: { id: "secret" } },
  extra_body: { messages: [HI], extra_body: { documents: [{ data: "a secret" }] } },
  "a prompt beside messages": { messages: [HI], prompt: "secret" },
  "a description that looks like a picture": {
    messages: [HI],
    ...tool({ name: "f", description: "data:image/png, a secret" }),
  },
  suffix: { prompt: "hi", suffix: "secret" },
};

test("a tool's result in Responses is the tool's word, as in a chat", () => {
  const wire = { input: [{ type: "function_call_output", call_id: "c", output: "secret" }] };
  const sent = (inspection: Inspection) =>
    inspectedText(promptOf(promptFormat("openai", wire), wire), inspection)?.sent;
  expect(sent(ALL)).toContain("secret");
  expect(sent(USER)).not.toContain("secret");
});

test.each(Object.entries(PLACES))("%s is looked at, whatever the roles", (_name, wire) => {
  const json = JSON.parse(JSON.stringify(wire));
  for (const inspection of [USER, LAST, ALL]) {
    const prompt = promptOf(promptFormat("openai", json), json);
    const isHistory = JSON.stringify(wire).includes('"sec"') && inspection.lastOnly;
    if (!isHistory) expect(inspectedText(prompt, inspection)?.sent).toContain("secret");
  }
});

test.each([
  ["arguments", called('{"a":"secret"}')],
  ["arguments that spell it otherwise", called('{"a":"\\u0073ecret"}')],
  ["arguments' names", called('{"\\u0073ecret":1}')],
  ["a legacy call", { role: "assistant", function_call: { name: "f", arguments: "secret" } }],
  ["reasoning", { role: "assistant", content: "x", reasoning_content: "secret" }],
])("%s are the assistant's words", (_name, message) => {
  const wire = JSON.parse(JSON.stringify({ messages: [HI, message] }));
  expect(inspectedText(promptOf(commonFormat, wire), ALL)?.sent).toContain("secret");
  expect(inspectedText(promptOf(commonFormat, wire), USER)?.sent).not.toContain("secret");
});

test("what is no text is not looked at, nor are the protocol's own words", () => {
  const png = { type: "image_url", image_url: { url: "data:image/png;base64,c2VjcmV0" } };
  const wire = JSON.parse(
    JSON.stringify({
      model: "gpt-4o",
      messages: [user([{ type: "text", text: "hi" }, png])],
      tool_choice: "auto",
      response_format: { type: "json_object" },
      reasoning_effort: "low",
    }),
  );
  const inspected = inspectedText(promptOf(commonFormat, wire), ALL);
  expect(inspected?.sent.replaceAll("hi", "").trim()).toBe("");
});

test.each([
  [
    "anthropic",
    {
      max_tokens: 1,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "sec" },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "ret" } },
          ],
        },
      ],
    },
  ],
  [
    "anthropic",
    {
      max_tokens: 1,
      messages: [HI],
      tools: [{ name: "f", description: "secret", input_schema: {} }],
    },
  ],
  [
    "anthropic",
    {
      max_tokens: 1,
      messages: [HI],
      tools: [{ name: "f", input_schema: {}, input_examples: [{ type: "secret" }] }],
    },
  ],
  ["gemini", { contents: [{ role: "user", parts: [{ text: "sec" }, { text: "ret" }] }] }],
  [
    "gemini",
    {
      contents: [{ role: "user", parts: [{ text: "a" }] }],
      tools: [{ functionDeclarations: [{ name: "f", description: "secret" }] }],
    },
  ],
  ["bedrock", { messages: [{ role: "user", content: [{ text: "sec" }, { text: "ret" }] }] }],
] as const)("the same in %s's dialect: %j", (format, wire) => {
  const json = JSON.parse(JSON.stringify(wire));
  const read = promptOf(promptFormat(format, json), json);
  expect(inspectedText(read, USER)?.sent).toContain("secret");
});

test("what is asked must be allowed by itself, and what an assistant says parts what users say", () => {
  const wire = { messages: [HI], ...tool({ name: "f", description: "secret" }) };
  const inspected = inspectedText(promptOf(commonFormat, JSON.parse(JSON.stringify(wire))), ALL);
  expect(inspected?.said).toBe("hi ");
  const talk = { messages: [user("sec"), { role: "assistant", content: "x" }, user("ret")] };
  const parted = inspectedText(promptOf(commonFormat, JSON.parse(JSON.stringify(talk))), USER);
  expect(parted?.sent).not.toContain("secret");
});
