import type { Frame, Reply } from "../dialect.ts";
import { utf8 } from "../http/message.ts";
import type { HttpRequest } from "../http/request.ts";
import { wholePlan } from "../plan.ts";
import { replyPlan, untilDelta } from "./errors.ts";
import type { Fault } from "./fault.ts";

/** The vendor, or a proxy before it, repeats the credential that it was sent. */
export const echoFaults = {
  "echo-key": (_plan, { asked, request, number }) =>
    replyPlan(echoing(asked.error(401), credentialOf(request).slice(0, number))),
  "echo-head": (_plan, { request }) =>
    wholePlan(500, [["content-type", "text/plain"]], headOf(request)),
  "echo-header": (plan, { request }) => ({
    ...plan,
    headers: [...plan.headers, ["x-debug-credential", credentialOf(request)]],
  }),
  "echo-in-stream": (plan, { asked, request, streaming }) => {
    const credential = credentialOf(request);
    if (!streaming) return replyPlan(echoing(asked.error(500), credential));
    const said = asked.errorFrames(500).map((frame) => echoed(frame, credential));
    return { ...plan, frames: [...untilDelta(plan.frames, 3), ...said] };
  },
} satisfies Record<string, Fault>;

function credentialOf({ headers, query }: HttpRequest): string {
  const named = ["authorization", "x-api-key", "api-key", "x-goog-api-key"].map((name) =>
    headers.get(name),
  );
  return named.find((value) => value !== null) ?? query.get("key") ?? "";
}

function headOf({ method, target, headerLines }: HttpRequest): string {
  const lines = headerLines.map(([name, value]) => `${name}: ${value}\n`);
  return `Unhandled error while serving\n\n${method} ${target}\n${lines.join("")}`;
}

function echoing(reply: Reply, credential: string): Reply {
  return { ...reply, body: withMore(reply.body, credential) };
}

function echoed(frame: Frame, credential: string): Frame {
  const more = (text: string) => withMore(text, credential);
  const text = Buffer.from(frame.bytes).toString("utf8");
  return { ...frame, bytes: frame.withText?.(more) ?? utf8(more(text)) };
}

const SENTENCE = /("(?:message|error|detail)": *"(?:[^"\\]|\\.)*)"/;

/** The vendor's sentence, and behind it what it was sent. */
function withMore(json: string, credential: string): string {
  return json.replace(
    SENTENCE,
    (_, said) => `${said} You sent: ${JSON.stringify(credential).slice(1)}`,
  );
}
