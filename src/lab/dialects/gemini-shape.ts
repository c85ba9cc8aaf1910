import type { Message, Shape } from "./gemini-request.ts";

// https://ai.google.dev/api/generate-content and https://ai.google.dev/api/caching

const string: Shape = { is: "string" };
const float: Shape = { is: "float" };
const int: Shape = { is: "int32" };
const bool: Shape = { is: "bool" };
const bytes: Shape = { is: "bytes" };
const anything: Shape = { is: "any" };
const struct: Shape = { is: "struct" };
const strings: Shape = { is: "list", of: string };

const list = (of: Shape): Shape => ({ is: "list", of });
const message = (fields: Readonly<Record<string, Shape>>): Message => ({
  is: "message",
  fields: () => fields,
});
const words = (name: string, ...listed: readonly string[]): Shape => ({
  is: "enum",
  name: `google.ai.generativelanguage.v1beta.${name}`,
  words: listed,
});

const blob = message({ mime_type: string, data: bytes, display_name: string });
const fileData = message({ mime_type: string, file_uri: string, display_name: string });

const part = message({
  text: string,
  thought: bool,
  thought_signature: bytes,
  inline_data: blob,
  file_data: fileData,
  function_call: message({ id: string, name: string, args: struct }),
  function_response: message({
    id: string,
    name: string,
    response: struct,
    parts: list(message({ inline_data: blob, file_data: fileData })),
    will_continue: bool,
    scheduling: anything,
  }),
  executable_code: message({ language: string, code: string }),
  code_execution_result: message({ outcome: string, output: string }),
  tool_call: anything,
  tool_response: anything,
  video_metadata: anything,
  media_resolution: anything,
  part_metadata: struct,
});

const content = message({ role: string, parts: list(part) });

/** https://ai.google.dev/api/caching#Schema: a part of OpenAPI 3.0, without JSON Schema's own words. */
const schema: Message = {
  is: "message",
  fields: () => ({
    type: words("Type", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"),
    format: string,
    title: string,
    description: string,
    nullable: bool,
    enum: strings,
    items: schema,
    properties: { is: "map", of: schema },
    required: strings,
    property_ordering: strings,
    any_of: list(schema),
    min_items: int,
    max_items: int,
    min_length: int,
    max_length: int,
    min_properties: int,
    max_properties: int,
    minimum: float,
    maximum: float,
    pattern: string,
    example: anything,
    default: anything,
  }),
};

const tool = message({
  function_declarations: list(
    message({
      name: string,
      description: string,
      behavior: string,
      parameters: schema,
      parameters_json_schema: anything,
      response: schema,
      response_json_schema: anything,
    }),
  ),
  google_search: struct,
  google_search_retrieval: struct,
  google_maps: struct,
  code_execution: struct,
  url_context: struct,
  computer_use: struct,
  file_search: struct,
});

const toolConfig = message({
  function_calling_config: message({
    mode: words(
      "FunctionCallingConfig.Mode",
      "MODE_UNSPECIFIED",
      "AUTO",
      "ANY",
      "NONE",
      "VALIDATED",
    ),
    allowed_function_names: strings,
  }),
  retrieval_config: struct,
  include_server_side_tool_invocations: bool,
});

const generationConfig = message({
  candidate_count: int,
  stop_sequences: strings,
  max_output_tokens: int,
  temperature: float,
  top_p: float,
  top_k: float,
  seed: int,
  presence_penalty: float,
  frequency_penalty: float,
  response_logprobs: bool,
  logprobs: int,
  response_mime_type: string,
  response_schema: schema,
  response_json_schema: anything,
  response_modalities: strings,
  media_resolution: string,
  speech_config: anything,
  image_config: anything,
  enable_enhanced_civic_answers: bool,
  thinking_config: message({
    include_thoughts: bool,
    thinking_budget: int,
    thinking_level: words("ThinkingConfig.ThinkingLevel", "MINIMAL", "LOW", "MEDIUM", "HIGH"),
  }),
});

const FIELDS = {
  model: string,
  contents: list(content),
  system_instruction: content,
  tools: list(tool),
  tool_config: toolConfig,
  safety_settings: list(message({ category: string, threshold: string, method: string })),
  generation_config: generationConfig,
  cached_content: string,
  service_tier: string,
  store: bool,
} as const;

export const PUBLIC_REQUEST: Message = message(FIELDS);

/** Only Vertex AI takes labels. */
export const VERTEX_REQUEST: Message = message({
  ...FIELDS,
  labels: { is: "map", of: string },
  model_armor_config: struct,
});
