import { createInterface } from "node:readline/promises";
import { GatewayError } from "../chat/error.ts";
import { openaiChat } from "../formats/openai-chat/format.ts";
import { type Command, readArguments } from "./command.ts";

interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly content: string;
}

interface Line {
  readonly url: string;
  readonly model: string | undefined;
  readonly key: string | undefined;
}

export const chat: Command = {
  name: "chat",
  about: "Talks to a route from the terminal; the answer is streamed.",
  usage: "chat [MESSAGE] [--url URL] [--model NAME] [--system TEXT] [--key KEY]",
  async run(argv) {
    const { values, positionals } = readArguments(argv, {
      url: { type: "string", default: "http://127.0.0.1:8000/v1/chat/completions" },
      model: { type: "string", short: "m", default: "gpt-4o-mini" },
      system: { type: "string" },
      key: { type: "string" },
    });
    const line: Line = { url: values.url, model: values.model || undefined, key: values.key };
    const turns: Turn[] = values.system ? [{ role: "system", content: values.system }] : [];
    if (positionals.length > 0) return (await say(line, turns, positionals.join(" "))) ? 0 : 1;
    return converse(line, turns);
  },
};

async function converse(line: Line, turns: Turn[]): Promise<number> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const isTty = process.stdin.isTTY === true;
  if (isTty) console.error(`${line.url}; an empty line or Ctrl-D ends the conversation`);
  if (isTty) terminal.setPrompt("> ");
  terminal.prompt();
  let ok = true;
  for await (const text of terminal) {
    if (text.trim() === "") break;
    ok = (await say(line, turns, text)) && ok;
    if (isTty) terminal.prompt();
  }
  terminal.close();
  return ok ? 0 : 1;
}

/** One exchange; the turns grow by it when it succeeds. */
async function say(line: Line, turns: Turn[], text: string): Promise<boolean> {
  const asked: Turn = { role: "user", content: text };
  try {
    const answer = await stream(line, [...turns, asked]);
    turns.push(asked, { role: "assistant", content: answer });
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`dragoman: ${error.message}`);
    return false;
  }
}

async function stream({ url, model, key }: Line, messages: readonly Turn[]): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ ...(model && { model }), messages, stream: true }),
  });
  if (!response.ok || !response.body) throw await refusalOf(response);
  const contentType = response.headers.get("content-type")?.split(";")[0] ?? "";
  const decoder = openaiChat.streamDecoder({ contentType });
  let answer = "";
  const show = (events: ReturnType<typeof decoder.push>) => {
    for (const event of events) {
      if (event.type === "error") throw event.error;
      if (event.type !== "text-delta") continue;
      answer += event.text;
      process.stdout.write(event.text);
    }
  };
  for await (const chunk of response.body) show(decoder.push(chunk));
  show(decoder.end());
  process.stdout.write("\n");
  return answer;
}

async function refusalOf(response: Response): Promise<Error> {
  const text = await response.text();
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    return new GatewayError("upstream_bad_response", `${response.status}: ${text.slice(0, 200)}`);
  }
  const { message } = openaiChat.decodeError(response.status, body);
  return new Error(`${response.status}: ${message}`);
}
