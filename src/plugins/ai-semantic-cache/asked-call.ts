import type { ChatRequest } from "../../chat/request.ts";
import type { Call } from "../../gateway/call/call.ts";
import { type Prompt, whereItDecodes } from "../../gateway/call/prompt.ts";
import type { SemanticCacheOptions } from "./options.ts";
import { partitionOf } from "./partition.ts";
import { type Question, questionOf } from "./question.ts";

/** What a call asks, and who shares the answer; undefined where it asks nothing that could be kept. */
export function askedIn(
  call: Call,
  model: unknown,
  options: SemanticCacheOptions,
  instanceId: string,
): { readonly question: Question; readonly partition: string } | undefined {
  const { prompt, request } = call;
  if (!prompt || prompt.large || isTrue(request.headers.get("x-cache-bypass"))) return undefined;
  const chat = chatOf(prompt);
  const question = chat && hasKeepableTools(chat) ? questionOf(chat, options) : undefined;
  if (!chat || !question) return undefined;
  const parts = options.partition_by ?? [];
  return { question, partition: partitionOf({ call, chat, model }, question, instanceId, parts) };
}

/** The model by the name that the client has for it. */
export function modelAskedFor({ prompt }: Call): unknown {
  if (!prompt) return undefined;
  const { wire } = prompt.asked ?? prompt;
  return prompt.format.intent.model(wire, prompt.path);
}

/** Undefined for what does not decode: its vendor is to say what is wrong with it. */
function chatOf(prompt: Prompt): ChatRequest | undefined {
  return whereItDecodes(() => {
    // What leans on state that the vendor keeps says only half of what is asked.
    prompt.format.checkTranslatable?.(prompt.wire);
    return prompt.chat();
  });
}

/** What a vendor's own tools find (the web, a file) is true today. */
function hasKeepableTools({ tools = [] }: ChatRequest): boolean {
  return tools.every(({ type }) => type === "function");
}

function isTrue(header: string | null): boolean {
  return header !== null && /^(?:true|1)$/i.test(header.trim());
}
