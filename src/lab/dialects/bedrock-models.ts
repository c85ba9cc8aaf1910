import { isObject, type JsonObject } from "../json-schema.ts";
import { BedrockRefusal } from "./bedrock-http.ts";
import type { WireMessage } from "./bedrock-rules.ts";

/** What a model behind Converse does not take, by AWS's table of its features. */
interface ModelLimits {
  readonly system?: false;
  readonly tools?: false;
  /** `toolChoice` may not be `any` or `tool`. */
  readonly forcedTools?: false;
  readonly images?: false;
  readonly cache?: false;
  /** The conversation may not end with the assistant's words. */
  readonly prefill?: false;
  /** `temperature` and `topP` may not both be set. */
  readonly bothSamplers?: false;
  /** Takes no sampling parameters. */
  readonly sampling?: false;
  /** Which stop sequences are taken. */
  readonly stops?: RegExp;
  /** The assistant's last words may not end with white space. */
  readonly untrimmed?: false;
  /** What a schema may not have at the top. */
  readonly topWords?: readonly string[];
}

const OLD: ModelLimits = { system: false, tools: false, images: false, cache: false };
const CLAUDE: ModelLimits = {
  topWords: ["oneOf", "allOf", "anyOf"],
  stops: /\S/,
  untrimmed: false,
};

/** https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html */
const MODELS: readonly (readonly [name: RegExp, limits: ModelLimits])[] = [
  [
    /anthropic\.claude-(?:opus-(?:4-[78]|[5-9])|sonnet-[5-9]|haiku-5|fable|mythos)/,
    { ...CLAUDE, sampling: false, prefill: false },
  ],
  [/anthropic\.claude-(?:opus|sonnet)-4-6/, { ...CLAUDE, bothSamplers: false, prefill: false }],
  [/anthropic\.claude-(?:opus-4-[15]|sonnet-4-5|haiku-4-5)/, { ...CLAUDE, bothSamplers: false }],
  [/anthropic\.claude-(?:v\d|instant)/, { tools: false, images: false, cache: false }],
  [/anthropic\.claude/, CLAUDE],
  [/amazon\.titan/, { ...OLD, stops: /^(?:\|+|User:)$/ }],
  [/cohere\.command-(?:light-)?text/, OLD],
  [/mistral\.(?:mistral-7b|mixtral-8x7b)-instruct/, OLD],
  [/cohere\.command-r/, { forcedTools: false, images: false, cache: false }],
  [/(?:meta\.llama3-1|ai21\.)/, { forcedTools: false, images: false, cache: false }],
  [/meta\.llama/, { forcedTools: false, cache: false }],
  [/deepseek\.r1/, { tools: false, images: false, cache: false }],
  [/openai\.gpt-oss/, { cache: false, images: false }],
];

export function checkModel(
  wire: JsonObject,
  messages: readonly WireMessage[],
  model: string,
): void {
  const limits = MODELS.find(([name]) => name.test(model))?.[1] ?? {};
  const config = isObject(wire["toolConfig"]) ? wire["toolConfig"] : undefined;
  const system = Array.isArray(wire["system"]) ? wire["system"] : [];
  if (limits.system === false && system.length > 0) {
    throw new BedrockRefusal(
      "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
    );
  }
  if (limits.tools === false && config) {
    throw new BedrockRefusal("This model doesn't support tool use.");
  }
  const choice = isObject(config?.["toolChoice"]) ? config["toolChoice"] : {};
  if (limits.forcedTools === false && (choice["any"] || choice["tool"])) {
    const field = choice["any"] ? "any" : "tool";
    throw new BedrockRefusal(
      `This model doesn't support the toolConfig.toolChoice.${field} field. Remove toolConfig.toolChoice.${field} and try again.`,
    );
  }
  checkSchemas(config, limits.topWords ?? []);
  checkBlocks(messages, limits);
  if (limits.prefill === false && messages.at(-1)?.role === "assistant") {
    throw new BedrockRefusal(
      "The model returned the following errors: This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
  checkEnd(messages.at(-1), limits);
  checkSampling(wire["inferenceConfig"], limits);
  checkStops(wire["inferenceConfig"], limits);
}

function checkEnd(last: WireMessage | undefined, { untrimmed }: ModelLimits): void {
  const text = last?.content.at(-1)?.["text"];
  if (untrimmed !== false || last?.role !== "assistant" || typeof text !== "string") return;
  if (text === text.trimEnd()) return;
  throw new BedrockRefusal(
    "The model returned the following errors: messages: final assistant content cannot end with trailing whitespace",
  );
}

function checkStops(config: unknown, { stops }: ModelLimits): void {
  const words = isObject(config) ? config["stopSequences"] : undefined;
  if (!stops || !Array.isArray(words)) return;
  const foreign = words.find((word) => !stops.test(String(word)));
  if (foreign === undefined) return;
  throw new BedrockRefusal(
    `Malformed input request: string [${foreign}] does not match pattern ${stops.source}, please reformat your input and try again.`,
  );
}

const KEY = /^[a-zA-Z0-9_.-]{1,64}$/;

function checkSchemas(config: JsonObject | undefined, topWords: readonly string[]): void {
  const tools = Array.isArray(config?.["tools"]) ? config["tools"].filter(isObject) : [];
  tools.forEach(({ toolSpec }, i) => {
    const input = isObject(toolSpec) ? toolSpec["inputSchema"] : undefined;
    const schema = isObject(input) && isObject(input["json"]) ? input["json"] : undefined;
    if (!schema) return;
    if (schema["type"] !== "object") {
      throw new BedrockRefusal(
        `The value at toolConfig.tools.${i}.toolSpec.inputSchema.json.type must be one of the following: object.`,
      );
    }
    const keys = isObject(schema["properties"]) ? Object.keys(schema["properties"]) : [];
    if (topWords.length > 0 && keys.some((key) => !KEY.test(key))) {
      throw new BedrockRefusal(
        `The model returned the following errors: tools.${i}.custom.input_schema.properties: Property keys should match pattern '${KEY.source}'`,
      );
    }
    if (topWords.every((word) => schema[word] === undefined)) return;
    throw new BedrockRefusal(
      `The model returned the following errors: tools.${i}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`,
    );
  });
}

const BLOCKS = { image: "images", cachePoint: "cache" } as const;

function checkBlocks(messages: readonly WireMessage[], limits: ModelLimits): void {
  for (const block of messages.flatMap(({ content }) => content)) {
    for (const [member, limit] of Object.entries(BLOCKS)) {
      if (block[member] === undefined || limits[limit] !== false) continue;
      throw new BedrockRefusal(`This model doesn't support the ${member} content block.`);
    }
  }
}

function checkSampling(config: unknown, { sampling, bothSamplers }: ModelLimits): void {
  if (!isObject(config)) return;
  const set = ["temperature", "topP"].filter((name) => config[name] !== undefined);
  if (sampling === false && set.length > 0) {
    throw new BedrockRefusal(
      `The model returned the following errors: \`${set[0]}\` is deprecated for this model.`,
    );
  }
  if (bothSamplers === false && set.length === 2) {
    throw new BedrockRefusal(
      "The model returned the following errors: `temperature` and `top_p` cannot both be specified for this model. Please use only one.",
    );
  }
}
