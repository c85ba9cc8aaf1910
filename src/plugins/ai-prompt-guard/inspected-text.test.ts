import { expect, test } from "bun:test";
import { commonFormat, promptFormat } from "../../gateway/client-format.ts";
import { promptOf } from "../../gateway/prompt.ts";
import { inspectedText } from "./inspected-text.ts";

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
  expect(inspectedText(promptOf(commonFormat, wire), inspection)).toBe(text);
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
  expect(inspectedText(promptOf(promptFormat("openai", json), json), USER)).toBe(text);
});

test("instructions are the system's words", () => {
  const wire = { instructions: "be brief", input: "hello" };
  expect(inspectedText(promptOf(commonFormat, wire), ALL)).toBe("hello be brief ");
});

test("native requests are read in their own dialect", () => {
  const contents = [{ role: "user", parts: [{ text: "one" }, { text: "two" }] }];
  const gemini = { contents, systemInstruction: { parts: [{ text: "s" }] } };
  const read = promptOf(promptFormat("gemini", gemini), gemini);
  expect(inspectedText(read, ALL)).toBe("one two s ");
});
