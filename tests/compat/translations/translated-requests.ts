/** A conversation with everything in it, and how each dialect says the same. */

export const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const call = (id: string, city: string) => ({
  id,
  type: "function",
  function: { name: "get_weather", arguments: `{"city":"${city}"}` },
});
const TOOL = {
  type: "function",
  function: { name: "get_weather", description: "Weather", parameters: SCHEMA },
};

export const ASKED = {
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Weather in Paris and Rome?" },
    {
      role: "assistant",
      content: null,
      tool_calls: [call("call_1", "Paris"), call("call_2", "Rome")],
    },
    { role: "tool", tool_call_id: "call_1", content: '{"sky":"clear"}' },
    { role: "tool", tool_call_id: "call_2", content: "rain" },
    {
      role: "user",
      content: [
        { type: "text", text: "And here?" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } },
      ],
    },
  ],
  tools: [TOOL],
  tool_choice: "auto",
  max_tokens: 50,
  temperature: 0.2,
  stop: ["END"],
};

const { content: _, ...CALLING } = ASKED.messages[2] ?? {};
const ollamaCall = (index: number, id: string, city: string) => ({
  id,
  function: { index, name: "get_weather", arguments: { city } },
});
const ollamaResult = (id: string, content: string) => ({
  role: "tool",
  content,
  tool_name: "get_weather",
  tool_call_id: id,
});

/** https://platform.claude.com/docs/en/api/messages */
const ANTHROPIC = {
  system: "Be brief.",
  messages: [
    { role: "user", content: "Weather in Paris and Rome?" },
    {
      role: "assistant",
      content: [
        { type: "tool_use", id: "call_1", name: "get_weather", input: { city: "Paris" } },
        { type: "tool_use", id: "call_2", name: "get_weather", input: { city: "Rome" } },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "call_1", content: '{"sky":"clear"}' },
        { type: "tool_result", tool_use_id: "call_2", content: "rain" },
        { type: "text", text: "And here?" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
      ],
    },
  ],
  max_tokens: 50,
  tools: [{ name: "get_weather", description: "Weather", input_schema: SCHEMA }],
  tool_choice: { type: "auto" },
  temperature: 0.2,
  stop_sequences: ["END"],
};

/** Mistral lets nobody but the assistant speak after a tool. */
const bridged = (messages: readonly object[]) =>
  messages.toSpliced(5, 0, { role: "assistant", content: "OK" });
/** For a model that sees nothing. */
const TEXT_ONLY = {
  ...ASKED,
  messages: (ASKED.messages as readonly object[]).with(5, {
    role: "user",
    content: [{ type: "text", text: "And here?" }],
  }),
};
const { stop: _stop, ...STOPLESS } = TEXT_ONLY;

/** By dialect, without the model and `stream`. */
export const SENT = {
  openai: ASKED,
  grok: STOPLESS,
  textOnly: TEXT_ONLY,
  mistralServer: { ...ASKED, messages: bridged(ASKED.messages) },
  // Ids of its own making, nine letters or digits each, take the place of others.
  mistral: {
    ...ASKED,
    messages: bridged(
      ASKED.messages.map((message) => ({
        ...message,
        ...(message.tool_calls && {
          tool_calls: [call("74196fe72", "Paris"), call("1b68f83fa", "Rome")],
        }),
        ...(message.tool_call_id && {
          tool_call_id: message.tool_call_id === "call_1" ? "74196fe72" : "1b68f83fa",
        }),
      })),
    ),
  },
  anthropic: ANTHROPIC,
  claudeOnVertex: { anthropic_version: "vertex-2023-10-16", ...ANTHROPIC },
  // https://ai.google.dev/api/generate-content
  gemini: {
    systemInstruction: { parts: [{ text: "Be brief." }] },
    contents: [
      { role: "user", parts: [{ text: "Weather in Paris and Rome?" }] },
      {
        role: "model",
        parts: [
          { functionCall: { id: "call_1", name: "get_weather", args: { city: "Paris" } } },
          { functionCall: { id: "call_2", name: "get_weather", args: { city: "Rome" } } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "call_1", name: "get_weather", response: { sky: "clear" } } },
          { functionResponse: { id: "call_2", name: "get_weather", response: { result: "rain" } } },
          { text: "And here?" },
          { inlineData: { mimeType: "image/png", data: PNG } },
        ],
      },
    ],
    tools: [
      {
        functionDeclarations: [{ name: "get_weather", description: "Weather", parameters: SCHEMA }],
      },
    ],
    toolConfig: { functionCallingConfig: { mode: "AUTO" } },
    generationConfig: { maxOutputTokens: 50, temperature: 0.2, stopSequences: ["END"] },
  },
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
  bedrock: {
    messages: [
      { role: "user", content: [{ text: "Weather in Paris and Rome?" }] },
      {
        role: "assistant",
        content: [
          { toolUse: { toolUseId: "call_1", name: "get_weather", input: { city: "Paris" } } },
          { toolUse: { toolUseId: "call_2", name: "get_weather", input: { city: "Rome" } } },
        ],
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "call_1", content: [{ json: { sky: "clear" } }] } },
          { toolResult: { toolUseId: "call_2", content: [{ text: "rain" }] } },
          { text: "And here?" },
          { image: { format: "png", source: { bytes: PNG } } },
        ],
      },
    ],
    system: [{ text: "Be brief." }],
    inferenceConfig: { maxTokens: 50, temperature: 0.2, stopSequences: ["END"] },
    toolConfig: {
      tools: [
        {
          toolSpec: {
            name: "get_weather",
            description: "Weather",
            inputSchema: { json: SCHEMA },
          },
        },
      ],
      toolChoice: { auto: {} },
    },
  },
  // https://docs.cohere.com/reference/chat: a choice that is the model's own is not said.
  cohere: {
    max_tokens: 50,
    temperature: 0.2,
    stop_sequences: ["END"],
    messages: (ASKED.messages as readonly object[]).with(2, CALLING),
    tools: [TOOL],
  },
  // https://docs.ollama.com/api/chat
  ollama: {
    options: { num_predict: 50, temperature: 0.2, stop: ["END"] },
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Weather in Paris and Rome?" },
      {
        role: "assistant",
        content: "",
        tool_calls: [ollamaCall(0, "call_1", "Paris"), ollamaCall(1, "call_2", "Rome")],
      },
      ollamaResult("call_1", '{"sky":"clear"}'),
      ollamaResult("call_2", "rain"),
      { role: "user", content: "And here?", images: [PNG] },
    ],
    tools: [TOOL],
  },
} as const;
