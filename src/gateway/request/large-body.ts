import { GatewayError } from "../../chat/error.ts";
import { type JsonObject, parseJson } from "../../chat/json.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import { bodyCredential } from "../../providers/upstream-headers.ts";
import type { Call } from "../call/call.ts";
import { changedPrompt } from "../call/client-paths.ts";
import type { Plan } from "../call/plan.ts";
import { type LargeBody, type Prompt, promptIn } from "../call/prompt.ts";
import { planFacts, type WriteOutcome } from "./body-tasks.ts";
import { bodyThreads } from "./body-threads.ts";
import { edited, editsBetween } from "./edits.ts";

/**
 * From this size on a request's body is read, translated and written in another thread. Measured on two
 * cores: what is done with a body takes 1 ms (an image) to 11 ms (many short messages, translated) for each
 * MiB of it; to hand it over and back takes 0.5 ms whatever its size, and it is read twice. So a call
 * on its own is slower there, twice at worst, but from here on the others would wait for up to 5 ms.
 */
export const LARGE_BODY_BYTES = 512 * 1024;

/** Reads a body in another thread; its bytes are the prompt's from now on. Throws what `promptIn` throws. */
export async function readLarge(
  bytes: Uint8Array,
  format: WireFormat,
  { request, client }: Pick<Call, "client" | "request">,
): Promise<Prompt> {
  const { body, headers, path } = request;
  body.forget();
  const contentType = headers.get("content-type");
  const read = await bodyThreads.run({ type: "read", contentType }, bytes, () => !client.hasLeft());
  const { outline, words } = read;
  const wire = parseJson(outline) as JsonObject;
  const large = { outline: wire, contentType, words, bytes: read.request };
  return outlined(format, wire, path, large);
}

function outlined(format: WireFormat, wire: JsonObject, path: string, large: LargeBody): Prompt {
  const stream = format.intent.stream(wire, path);
  const prompt: Prompt = {
    format,
    wire,
    path,
    stream,
    large,
    chat: () => readHere(prompt, large).chat(),
  };
  return prompt;
}

/** The prompt with other top-level members, which need not be all there. */
export function withWire(prompt: Prompt, wire: JsonObject): Prompt {
  const { format, path, large } = prompt;
  return large ? outlined(format, wire, path, large) : changedPrompt(prompt, wire);
}

/** The prompt as a whole, read on this thread where it is large: for whoever has to look into it. */
export function wholePrompt(prompt: Prompt): Prompt {
  const { large, stream } = prompt;
  return large ? { ...readHere(prompt, large), stream } : prompt;
}

function readHere({ format, wire, path }: Prompt, large: LargeBody): Prompt {
  const whole = promptIn(bytesOf(large), format, large.contentType, path);
  const edits = editsBetween(large.outline, wire);
  return edits ? changedPrompt(whole, edited(whole.wire, edits)) : whole;
}

/** `upstreamBody` in another thread, and the writing of what it gives. Throws what that throws. */
export async function writeLarge(
  { record: { ai }, client }: Pick<Call, "client" | "record">,
  { format, wire }: Prompt,
  large: LargeBody,
  plan: Plan,
): Promise<WriteOutcome> {
  const bytes = bytesOf(large);
  const members = bodyCredential(plan.resolved.target.config.auth, wire);
  large.bytes = undefined;
  const outcome = await bodyThreads.run(
    {
      type: "write",
      contentType: large.contentType,
      format: format.name,
      plan: planFacts(plan),
      edits: editsBetween(large.outline, wire),
      members: members && JSON.stringify(members),
      wantsText: ai?.payloads === true,
      isKept: large.isKept === true,
    },
    bytes,
    () => !client.hasLeft(),
  );
  large.bytes = outcome.request;
  return outcome;
}

function bytesOf({ bytes }: LargeBody): Uint8Array {
  if (bytes) return bytes;
  throw new GatewayError("internal", "a large body was sent, and then asked for again");
}
