import { SAMPLING } from "./cohere-http.ts";
import type { ObjectShape, Shape } from "./openai-check.ts";

// https://docs.cohere.com/reference/chat

const string: Shape = { is: "string" };
const openObject: ObjectShape = { is: "object", members: {}, open: true };

function object(
  members: Readonly<Record<string, Shape>>,
  required?: readonly string[],
): ObjectShape {
  return { is: "object", members, required: required ?? Object.keys(members) };
}

const text = object({ type: string, text: string });
const document = object({ data: openObject, id: string }, ["data"]);

function parts(variants: Readonly<Record<string, ObjectShape>>): Shape {
  const list: Shape = { is: "array", of: { is: "tagged", tag: "type", variants } };
  return { is: "either", options: [string, list] };
}

const image = object({
  type: string,
  image_url: object({ url: string, detail: { is: "string", oneOf: ["auto", "low", "high"] } }, [
    "url",
  ]),
});

const call = object({
  id: string,
  type: { is: "string", oneOf: ["function"] },
  function: object({ name: string, arguments: string }),
});

const message: Shape = {
  is: "tagged",
  tag: "role",
  variants: {
    system: object({ role: string, content: parts({ text }) }),
    user: object({ role: string, content: parts({ text, image_url: image }) }),
    assistant: object(
      {
        role: string,
        content: parts({ text, thinking: object({ type: string, thinking: string }) }),
        tool_calls: { is: "array", of: call, min: 1 },
        tool_plan: string,
        citations: { is: "array", of: openObject },
      },
      [],
    ),
    tool: object({
      role: string,
      tool_call_id: string,
      content: parts({ text, document: object({ type: string, document }) }),
    }),
  },
};

const tool = object({
  type: { is: "string", oneOf: ["function"] },
  function: object({ name: string, description: string, parameters: openObject }, [
    "name",
    "parameters",
  ]),
});

export const CHAT: ObjectShape = object(
  {
    ...SAMPLING,
    messages: { is: "array", of: message, min: 1 },
    tools: { is: "array", of: tool },
    strict_tools: { is: "boolean", nullable: true },
    tool_choice: { is: "string", oneOf: ["REQUIRED", "NONE"], nullable: true },
    documents: { is: "array", of: { is: "either", options: [string, document] } },
    citation_options: openObject,
    response_format: object(
      {
        type: { is: "string", oneOf: ["text", "json_object"] },
        json_schema: openObject,
        schema: openObject,
      },
      ["type"],
    ),
    safety_mode: { is: "string", oneOf: ["CONTEXTUAL", "STRICT", "OFF"], nullable: true },
    logprobs: { is: "boolean", nullable: true },
    thinking: object(
      {
        type: { is: "string", oneOf: ["enabled", "disabled"] },
        token_budget: { is: "integer", min: 1 },
      },
      ["type"],
    ),
    priority: { is: "integer" },
  },
  ["model", "messages"],
);
