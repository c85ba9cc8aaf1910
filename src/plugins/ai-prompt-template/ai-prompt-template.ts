import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import { COMMON_LLM_FORMAT, promptFormat } from "../../gateway/call/client-format.ts";
import { changedPrompt } from "../../gateway/call/client-paths.ts";
import {
  type PromptCall,
  readClientPrompt,
  withPrompt,
} from "../../gateway/request/client-prompt.ts";
import { latencySince, noteFigures } from "../../telemetry/call-record.ts";
import { definePlugin } from "../define-plugin.ts";
import { refusingInDialect } from "../refusing-in-dialect.ts";
import { type PromptTemplateOptions, promptTemplateOptions } from "./options.ts";
import { parseTemplate, readProperties, render, type Template } from "./template.ts";

export const aiPromptTemplate = definePlugin({
  name: "ai-prompt-template",
  priority: 773,
  about: "Fills in prepared requests that a client names, with the values it gives.",
  options: promptTemplateOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  warnings: ({ templates }) =>
    templates.flatMap(({ name }, index) =>
      templates.findIndex((other) => other.name === name) === index
        ? []
        : [{ path: ["templates", index, "name"], message: "an earlier template has this name" }],
    ),
  create(options) {
    const render = renderer(options);
    return {
      handle: middleware(options, render),
      preview: async (call) => (await render(call)).call,
    };
  },
});

/** `messages` or `prompt` of a request that names a template. */
const REFERENCE = /^\{template:\/\/(.+)\}$/;

interface Rendered {
  readonly call: PromptCall;
  /** What it took; absent where no template was named. */
  readonly figures?: { readonly template: string; readonly input_processing_latency: number };
}

type Render = (call: Call) => Promise<Rendered>;

function middleware(options: PromptTemplateOptions, render: Render): Middleware {
  return refusingInDialect(COMMON_LLM_FORMAT, async (call, next) => {
    if (options.log_original_request) await logOriginal(call, options.max_request_body_size);
    const { call: rendered, figures } = await render(call);
    if (figures) noteFigures(call.record, "ai-prompt-template", figures);
    const { preview: _, ...inner } = rendered;
    return next(inner);
  });
}

function renderer(options: PromptTemplateOptions): Render {
  const templates = new Map(
    options.templates.toReversed().map(({ name, template }) => [name, parseTemplate(template)]),
  );
  const reading = {
    llmFormat: COMMON_LLM_FORMAT,
    limitBytes: options.max_request_body_size,
    unreadable: "this LLM route only supports application/json requests",
    anyContentType: true,
  } as const;
  return async (call) => {
    const read = await readClientPrompt(call, reading);
    const startedAtMs = performance.now();
    const reference = referenceIn(read.prompt.wire);
    const [, name] = REFERENCE.exec(reference ?? "") ?? [];
    if (name !== undefined) {
      const rendered = templated(read, name, templates.get(name), options);
      const figures = { template: name, input_processing_latency: latencySince(startedAtMs) };
      return { call: rendered, figures };
    }
    if (options.allow_untemplated_requests) return { call: read };
    throw refused("this LLM route only supports templated requests");
  };
}

/** What may name a template. The sentences are the reference's, word for word. */
function referenceIn(wire: JsonObject): string | undefined {
  const hasMessages = hasMember(wire, "messages");
  const hasPrompt = hasMember(wire, "prompt");
  if (hasMessages && hasPrompt) {
    throw refused("cannot run 'messages' and 'prompt' templates at the same time");
  }
  if (!hasMessages && !hasPrompt) {
    throw refused(
      "only 'llm/v1/chat' and 'llm/v1/completions' formats are supported for templating",
    );
  }
  const { messages, prompt } = wire;
  const reference = hasMessages ? messages : prompt;
  return typeof reference === "string" ? reference : undefined;
}

function hasMember(wire: JsonObject, name: string): boolean {
  return wire[name] !== undefined && wire[name] !== null;
}

function templated(
  call: PromptCall,
  name: string,
  template: Template | undefined,
  options: PromptTemplateOptions,
): PromptCall {
  if (!template) throw refused(`could not find template name [${name}]`);
  const { wire } = call.prompt;
  const rendered = render(template, readProperties(wire, options.coerce_properties));
  if ("missing" in rendered) {
    const names = rendered.missing.map((one) => `[${one}]`).join(", ");
    throw refused(`missing template parameters: ${names}`);
  }
  if ("unfit" in rendered) {
    const value = "a number, true, false or null";
    throw refused(`template parameter [${rendered.unfit}] stands for ${value}, not for text`);
  }
  const body = { ...kept(wire, options), ...rendered.wire };
  const format = promptFormat(COMMON_LLM_FORMAT, body);
  return withPrompt(call, changedPrompt(call.prompt, body, { format }));
}

/** What stays of the client's request beside the template's. */
function kept(wire: JsonObject, options: PromptTemplateOptions): JsonObject {
  if (options.merge_request_fields) {
    const { messages: _m, prompt: _p, properties: _v, ...rest } = wire;
    return rest;
  }
  const { model, stream } = wire;
  return { ...(model !== undefined && { model }), ...(stream !== undefined && { stream }) };
}

async function logOriginal({ request, record }: Call, limitBytes: number): Promise<void> {
  const bytes = await request.body.bytes(limitBytes).catch(() => undefined);
  // A body past the limit is refused in a moment, and not logged.
  if (!bytes) return;
  const { payload } = record.plugins ?? {};
  noteFigures(record, "payload", {
    ...(isJsonObject(payload) && payload),
    original_request: new TextDecoder().decode(bytes),
  });
}

function refused(message: string): GatewayError {
  return new GatewayError("invalid_request", message);
}
