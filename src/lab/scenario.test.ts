import { describe, expect, test } from "bun:test";
import { readModelName } from "./models.ts";
import { PLAIN, type Question, type Turn } from "./question.ts";
import { play } from "./scenario.ts";

const user = (text: string): Turn => ({ role: "user", text, files: [] });
const assistant = (text: string): Turn => ({ role: "assistant", text, files: [] });
const result = (text: string): Turn => ({ role: "tool", text, files: [] });

function ask(question: Partial<Question>, model = "plain", choice = 0) {
  return play({ ...PLAIN, ...question }, { traits: readModelName(model) ?? [], seed: 0, choice });
}

const tools = [
  { name: "look", schema: { type: "object", properties: { at: { type: "string" } } } },
  { name: "listen", schema: { type: "object", properties: {} } },
];

describe("the scenario", () => {
  test("counts the turns of a conversation", () => {
    const turns = [user("One"), assistant("Yes"), user("Two")];
    expect(ask({ turns }).text.join("")).toContain("This is turn 2");
    expect(ask({ turns: [user("One")] }).text.join("")).not.toContain("turn");
  });

  test("counts words, turns and files as tokens", () => {
    const image = { kind: "image", url: "https://example.com/a.png" } as const;
    const turns = [{ ...user("three words here"), files: [image] }, assistant("one")];
    expect(ask({ turns }, "echo").usage).toEqual({ input: 95, cached: 0, output: 3, reasoning: 0 });
    expect(ask({ turns }, "cached").usage.cached).toBe(71);
  });

  test("calls a tool for a user, quotes the results to one", () => {
    const asked = ask({ turns: [user("Look at Rome")], tools });
    expect(asked.calls.map(({ name }) => name)).toEqual(["look"]);
    expect(asked.calls[0]?.input.join("")).toBe('{"at":"Rome"}');
    expect(asked.finish).toBe("tool-calls");
    const answered = ask({
      turns: [user("Look at Rome"), assistant(""), result("sun"), result("rain")],
      tools,
    });
    expect(answered.calls).toEqual([]);
    expect(answered.text.join("")).toContain("“sun” and “rain”");
  });

  test("obeys the tool choice", () => {
    const turns = [user("Look both ways")];
    const named = (question: Partial<Question>) =>
      ask({ turns, tools, ...question }).calls.map(({ name }) => name);
    expect(named({})).toEqual(["look", "listen"]);
    expect(named({ parallelTools: false })).toEqual(["look"]);
    expect(named({ toolChoice: "none" })).toEqual([]);
    expect(named({ toolChoice: { name: "listen" } })).toEqual(["listen"]);
    expect(named({ toolChoice: "required", turns: [...turns, result("x")] })).toEqual(["look"]);
  });

  test("spends the token limit on thought first", () => {
    const script = ask({ turns: [user("Why is the sky blue")], maxTokens: 5 }, "reasoning");
    expect(script.usage).toMatchObject({ output: 5, reasoning: 5 });
    expect(script.text).toEqual([]);
    expect(script.finish).toBe("length");
  });

  test("gives other words for another choice", () => {
    const turns = [user("Hi")];
    const ids = [0, 1, 2, 3].map((choice) => ask({ turns, tools }, "plain", choice).calls[0]?.id);
    expect(new Set(ids).size).toBe(4);
  });

  test("answers as long as asked", () => {
    expect(ask({ turns: [user("Hi")] }, "long-1000").usage.output).toBe(1000);
  });
});
