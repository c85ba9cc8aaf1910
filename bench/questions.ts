import { question } from "./texts.ts";

/** What clients ask, by its shape and its size. */
export type QuestionName = "1k" | "text-100k" | "text-400k" | "agent-400k" | "images-400k";

/** The members of an OpenAI request that make it as long as its name says, in bytes of its JSON. */
export const questions: Readonly<Record<QuestionName, () => object>> = {
  "1k": () => conversation(question),
  "text-100k": () => conversation(longText(100_000)),
  "text-400k": () => conversation(longText(400_000)),
  "agent-400k": agentTurn,
  "images-400k": () =>
    conversation([
      { type: "text", text: question },
      ...Array.from({ length: 10 }, (_, index) => ({
        type: "image_url",
        image_url: { url: `data:image/png;base64,${png(29_000, index)}` },
      })),
    ]),
};

function conversation(content: string | readonly object[]): object {
  return {
    messages: [
      { role: "system", content: "Answer in one short sentence." },
      { role: "user", content },
    ],
  };
}

/** With the line ends and quotes that source code has. */
function longText(byteLength: number): string {
  const line = `  if (word === "dragoman") return guide.between(languages, { near: "east" });\n`;
  return line.repeat(Math.ceil(byteLength / (line.length + 5)));
}

/** A coding agent's: 80 messages, every second one a call of a tool or its result, and 100 tools. */
function agentTurn(): object {
  const messages: object[] = [{ role: "system", content: longText(8_000) }];
  for (let turn = 0; turn < 26; turn += 1) {
    const id = `call_${turn}_of_a_long_conversation`;
    const call = { name: `tool_${turn}`, arguments: JSON.stringify({ path: `src/${turn}.ts` }) };
    messages.push(
      { role: "user", content: longText(1_000) },
      { role: "assistant", content: null, tool_calls: [{ id, type: "function", function: call }] },
      { role: "tool", tool_call_id: id, content: longText(8_000) },
    );
  }
  messages.push({ role: "user", content: question });
  return { messages, tools: Array.from({ length: 100 }, (_, index) => tool(index)) };
}

function tool(index: number): object {
  const property = (name: string) => ({
    type: "string",
    description: `What ${name} the tool looks for, as a person would say it in one sentence.`,
  });
  return {
    type: "function",
    function: {
      name: `tool_${index}`,
      description: question.slice(0, 400),
      parameters: {
        type: "object",
        properties: Object.fromEntries(
          ["path", "pattern", "language", "encoding", "reason"].map((one) => [one, property(one)]),
        ),
        required: ["path"],
      },
    },
  };
}

/** The signature of a PNG and bytes that no two pictures share. */
function png(byteLength: number, seed: number): string {
  const bytes = Buffer.alloc(byteLength);
  for (let at = 0; at < byteLength; at += 1) bytes[at] = (at * 31 + seed * 17 + (at >> 8)) & 0xff;
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return bytes.toString("base64");
}
