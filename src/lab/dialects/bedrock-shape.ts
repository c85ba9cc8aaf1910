import type { Shape } from "./bedrock-check.ts";

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html

const string: Shape = { is: "string" };
const some: Shape = { is: "string", min: 1 };
const any: Shape = { is: "any" };
const openObject: Shape = { is: "object", members: {}, required: [], open: true };
const empty = object({});

function object(
  members: Readonly<Record<string, Shape>>,
  required: readonly string[] = Object.keys(members),
): Shape {
  return { is: "object", members, required };
}

function union(members: Readonly<Record<string, Shape>>): Shape {
  return { is: "union", members };
}

function list(of: Shape, min = 0): Shape {
  return { is: "array", of, min };
}

function words(...oneOf: readonly string[]): Shape {
  return { is: "string", oneOf };
}

const cachePoint = object({ type: words("default"), ttl: words("5m", "1h") }, ["type"]);
const s3Location = object({ uri: { is: "string", pattern: /^s3:\/\/.+/ }, bucketOwner: string }, [
  "uri",
]);
const source = union({ bytes: { is: "base64" }, s3Location });
const toolName: Shape = { is: "string", pattern: /^[a-zA-Z0-9_-]{1,64}$/ };
const toolUseId: Shape = { is: "string", pattern: /^[a-zA-Z0-9_.:-]{1,64}$/ };

const image = object({ format: words("png", "jpeg", "gif", "webp"), source });
const audio = object({
  format: words(
    ...["aac", "flac", "m4a", "mka", "mkv", "mp3", "mp4", "mpeg", "mpga", "ogg", "opus", "pcm"],
    ...["wav", "webm", "x-aac"],
  ),
  source,
});
const video = object({
  format: words("flv", "mkv", "mov", "mp4", "mpeg", "mpg", "three_gp", "webm", "wmv"),
  source,
});

const citationsConfig = object({ enabled: { is: "boolean" } });
const textBlocks = list(union({ text: string }));

const document = object(
  {
    format: words("csv", "doc", "docx", "html", "md", "pdf", "txt", "xls", "xlsx"),
    name: { is: "string", pattern: /^(?!.*\s\s)[a-zA-Z0-9\s()[\]-]{1,200}$/ },
    source: union({ bytes: { is: "base64" }, s3Location, text: some, content: textBlocks }),
    context: string,
    citations: citationsConfig,
  },
  ["name", "source"],
);

const searchResult = object(
  { source: string, title: string, content: textBlocks, citations: citationsConfig },
  ["source", "title", "content"],
);

const toolResult = object(
  {
    toolUseId,
    content: list(union({ text: string, json: openObject, image, document, video, searchResult })),
    status: words("success", "error"),
    type: string,
  },
  ["toolUseId", "content"],
);

const toolUse = object({ toolUseId, name: toolName, input: any, type: words("server_tool_use") }, [
  "toolUseId",
  "name",
  "input",
]);

const reasoningContent = union({
  reasoningText: object({ text: string, signature: string }, ["text"]),
  redactedContent: { is: "base64" },
});

const guardContent = union({
  text: object(
    { text: string, qualifiers: list(words("grounding_source", "query", "guard_content")) },
    ["text"],
  ),
  image: object({ format: words("png", "jpeg"), source: union({ bytes: { is: "base64" } }) }),
});

const content = union({
  text: string,
  image,
  audio,
  video,
  document,
  toolUse,
  toolResult,
  reasoningContent,
  guardContent,
  cachePoint,
  searchResult,
  citationsContent: object({ content: textBlocks, citations: list(any) }, []),
  toolAddition: any,
  toolRemoval: any,
});

const toolConfig = object(
  {
    tools: list(
      union({
        toolSpec: object(
          {
            name: toolName,
            description: some,
            inputSchema: union({ json: any }),
            strict: { is: "boolean" },
          },
          ["name", "inputSchema"],
        ),
        systemTool: object({ name: toolName }),
        cachePoint,
      }),
      1,
    ),
    toolChoice: union({ auto: empty, any: empty, tool: object({ name: toolName }) }),
  },
  ["tools"],
);

export const CONVERSE_SHAPE: Shape = object(
  {
    messages: list(object({ role: words("user", "assistant", "system"), content: list(content) })),
    system: list(union({ text: some, guardContent, cachePoint })),
    inferenceConfig: object(
      {
        maxTokens: { is: "number", min: 1, whole: true },
        temperature: { is: "number", min: 0, max: 1 },
        topP: { is: "number", min: 0, max: 1 },
        stopSequences: { is: "array", of: some, max: 2500 },
      },
      [],
    ),
    toolConfig,
    guardrailConfig: object(
      {
        guardrailIdentifier: some,
        guardrailVersion: some,
        trace: words("enabled", "disabled", "enabled_full"),
        streamProcessingMode: words("sync", "async"),
      },
      [],
    ),
    additionalModelRequestFields: openObject,
    additionalModelResponseFieldPaths: list(some),
    promptVariables: openObject,
    requestMetadata: openObject,
    performanceConfig: object({ latency: words("standard", "optimized") }, []),
    serviceTier: object({ type: words("default", "flex", "priority", "reserved") }),
    outputConfig: object(
      {
        effort: words("low", "medium", "high", "xhigh", "max"),
        textFormat: object({
          type: words("json_schema"),
          structure: union({
            jsonSchema: object({ schema: some, name: some, description: some }, ["schema"]),
          }),
        }),
      },
      [],
    ),
  },
  [],
);
