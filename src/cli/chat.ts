import { createInterface } from "node:readline/promises";
import { GatewayError } from "../chat/error.ts";
import { openaiChat } from "../formats/openai/chat/format.ts";
import { defineCommand, UsageError } from "./command.ts";
import { PROXY } from "./listeners.ts";

interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly content: string;
}

interface Line {
  readonly url: string;
  readonly model: string | undefined;
  readonly key: string | undefined;
}

export const chat = defineCommand({
  name: "chat",
  about: "Talks to a route from the terminal; the answer is streamed.",
  operands: "[MESSAGE]",
  options: {
    url: {
      type: "string",
      value: "URL",
      default: `http://${PROXY}`,
      about: "The gateway, or a route of it; an address alone means its /v1/chat/completions.",
    },
    model: {
      type: "string",
      short: "m",
      value: "NAME",
      default: "gpt-4o-mini",
      about: "The model to ask; empty where the route decides.",
    },
    system: { type: "string", value: "TEXT", about: "A system message before the first turn." },
    key: { type: "string", value: "KEY", about: "The caller's key, sent as a bearer token." },
  },
  async run(values, words) {
    const line: Line = {
      url: chatUrl(values.url),
      model: values.model || undefined,
      key: values.key,
    };
    const turns: Turn[] = values.system ? [{ role: "system", content: values.system }] : [];
    if (words.length > 0) return (await say(line, turns, words.join(" "))) ? 0 : 1;
    return converse(line, turns);
  },
});

/** A base URL's chat operation; a URL that has a path of its own stays. */
function chatUrl(written: string): string {
  const url = URL.parse(/^https?:\/\//i.test(written) ? written : `http://${written}`);
  if (!url) throw new UsageError(`'${written}' is no URL: write --url http://${PROXY}`);
  if (/^\/*(?:v1\/*)?$/.test(url.pathname)) url.pathname = "/v1/chat/completions";
  return url.href;
}

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

async function stream(line: Line, messages: readonly Turn[]): Promise<string> {
  const response = await ask(line, messages);
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

async function ask({ url, model, key }: Line, messages: readonly Turn[]): Promise<Response> {
  try {
    return await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ ...(model && { model }), messages, stream: true }),
    });
  } catch (cause) {
    const { origin } = new URL(url);
    const refused = cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      refused
        ? `nothing listens at ${origin}: start the gateway with \`dragoman start\`, or name another address with --url`
        : `${origin} could not be asked: ${reason}`,
      { cause },
    );
  }
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
