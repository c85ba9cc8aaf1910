import { VERSION } from "../version.ts";
import type { Source } from "./source.ts";

interface Listener {
  readonly hostname?: string | undefined;
  readonly port?: number | undefined;
  readonly tls?: boolean;
}

interface Listeners {
  readonly proxies: readonly Listener[];
  readonly admins: readonly Listener[];
  /** Processes that serve calls, where they are several. */
  readonly workers?: number;
}

/** A model to try first, by provider type. */
const EXAMPLE_MODELS: Readonly<Record<string, string>> = {
  openai: "gpt-4o-mini",
  anthropic: "claude-haiku-4-5",
  gemini: "gemini-2.5-flash",
  mistral: "mistral-small-latest",
  cohere: "command-r7b-12-2024",
  xai: "grok-3-mini",
  deepseek: "deepseek-chat",
  cerebras: "llama3.1-8b",
  dashscope: "qwen-turbo",
  lab: "gpt-4o-mini",
};

/** The start-up screen: what was found, where it listens, and two lines to paste. */
export function welcome(source: Source, { proxies, admins, workers }: Listeners): string {
  const [proxy = ""] = proxies.map(origin);
  const [provider] = Object.keys(source.detected?.providers ?? {});
  const lines = [
    `dragoman ${VERSION}`,
    "",
    ...providerLines(source),
    ...proxies.map((listener) => `  gateway    ${origin(listener)}`),
    ...(workers === undefined ? [] : [`  workers    ${workers}`]),
    ...admins.map((listener) => `  admin      ${origin(listener)}  (/livez /readyz /metrics)`),
  ];
  if (provider) lines.push("", "Try it:", ...examples(proxy, provider));
  return lines.join("\n");
}

function origin({ hostname, port, tls }: Listener): string {
  const host = hostname === "0.0.0.0" || hostname === "::" ? "127.0.0.1" : hostname;
  return `${tls ? "https" : "http"}://${host?.includes(":") ? `[${host}]` : host}:${port}`;
}

function providerLines({ detected, name }: Source): string[] {
  if (!detected) return [`  config     ${name}`];
  const names = Object.keys(detected.providers);
  if (names.length === 1 && names[0] === "lab") {
    return [
      "  providers  none found: the built-in lab answers, which is a simulator and no model.",
      "             Set OPENAI_API_KEY (or another provider's key), or write a file: dragoman init.",
      ...notYetLines(detected.notYet),
    ];
  }
  return [`  providers  ${names.join(", ")}`, ...notYetLines(detected.notYet)];
}

function notYetLines(notYet: readonly { readonly reason: string }[]): string[] {
  return notYet.map(({ reason }) => `             (${reason})`);
}

/** `provider/model`: one to try first. */
export function exampleModel(provider: string): string {
  return `${provider}/${EXAMPLE_MODELS[provider] ?? "<model>"}`;
}

function examples(proxy: string, provider: string): string[] {
  const model = exampleModel(provider).replace(/^(?:openai|lab)\//, "");
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello!" }] });
  return [
    `  curl ${proxy}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`,
    `  new OpenAI({ baseURL: "${proxy}/v1", apiKey: "unused" }).chat.completions.create(${body})`,
  ];
}
