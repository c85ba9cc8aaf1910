import { expect, test } from "bun:test";
import type { FilePart, Message } from "../../../chat/message.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import type { Capability } from "../../capabilities.ts";
import { encodeRequest } from "./encode-request.ts";
import { fidelity } from "./format.ts";

const user: Message = { role: "user", content: [{ type: "text", text: "Hi" }] };
const wav: FilePart = {
  type: "file",
  mediaType: "audio/wav",
  source: { kind: "base64", data: "AAAA" },
};
const f = { type: "function", name: "f" } as const;

/** A request that asks for what is lost, and the member that the loss is told of. */
const LOSSES: Partial<Record<Capability, readonly [string, Partial<ChatRequest>]>> = {
  "system-in-place": [
    "messages[1]",
    { messages: [user, { role: "system", content: [{ type: "text", text: "Now." }] }] },
  ],
  "participant-names": ["messages[0].name", { messages: [{ ...user, name: "ada" }] }],
  "vendor-tools": ["tools[0]", { tools: [{ type: "vendor", format: "openai-chat", wire: {} }] }],
  "allowed-tools": [
    "tool_choice",
    { tools: [f], toolChoice: { type: "allowed", names: ["f"], required: false } },
  ],
  audio: ["messages[0].content[0]", { messages: [{ role: "user", content: [wav] }] }],
  "json-mode": ["response_format", { responseFormat: { type: "json" } }],
  seed: ["seed", { seed: 1 }],
  "presence-penalty": ["presence_penalty", { presencePenalty: 1 }],
  "frequency-penalty": ["frequency_penalty", { frequencyPenalty: 1 }],
  logprobs: ["logprobs", { logprobs: { top: 1 } }],
  "choice-count": ["n", { choiceCount: 2 }],
  refusals: [
    "messages[1].content[0]",
    { messages: [user, { role: "assistant", content: [{ type: "refusal", text: "No." }] }] },
  ],
};

function told(members: Partial<ChatRequest>): readonly (string | undefined)[] {
  const chat: ChatRequest = {
    kind: "chat",
    model: "claude-sonnet-4-5",
    messages: [user],
    stream: false,
    ...members,
  };
  try {
    return encodeRequest(chat).notices.map(({ field }) => field);
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_request" });
    return [(error as { vendor?: { param?: string } }).vendor?.param];
  }
}

test("every loss in the table is told of, and no other", () => {
  const lossy = Object.entries(fidelity).filter(
    ([, { how }]) => how === "dropped" || how === "approximated",
  );
  expect(Object.keys(LOSSES).sort()).toEqual(lossy.map(([capability]) => capability).sort());
});

for (const [capability, [field, members]] of Object.entries(LOSSES)) {
  test(`told: ${capability}`, () => {
    expect(told(members)).toEqual([field]);
  });
}
