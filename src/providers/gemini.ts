import { GatewayError } from "../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import { geminiEmbed, vertexEmbed } from "../formats/embeddings/gemini.ts";
import { geminiGenerate } from "../formats/gemini/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import type { RouteType, RouteTypeOf } from "./operations.ts";
import type { Endpoint, Invocation, ModelOptions, Provider, StreamEndings } from "./provider.ts";
import { GEMINI_TOOL_NAMES } from "./tool-names.ts";
import { pathSegment } from "./upstream-path.ts";
import { isVertex, type VertexPartner, vertexPartner } from "./vertex-partners.ts";

/** The public API's way of an operation, and Vertex AI's where that differs. */
interface Actions {
  readonly plain: string;
  readonly streamed?: string;
  readonly onVertex?: string;
}

const GENERATE: Actions = { plain: "generateContent", streamed: "streamGenerateContent" };
const GENERATE_ONCE: Actions = { plain: "generateContent" };
const PREDICT: Actions = { plain: "predict" };

const STREAM_ENDINGS: StreamEndings = [
  [":generateContent", ":streamGenerateContent"],
  [":rawPredict", ":streamRawPredict"],
];

export const gemini: Provider = {
  name: "gemini",
  about:
    "Google's Gemini models, from the public API or from Vertex AI; partners' models on Vertex AI.",
  modelNames: /^gemini-/,
  /** https://ai.google.dev/api, https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest */
  operations: {
    "llm/v1/chat": generating("llm/v1/chat"),
    // A legacy completion is asked for as a chat of one message.
    "llm/v1/completions": generating("llm/v1/completions"),
    preserve: { streamEndings: STREAM_ENDINGS },
    "llm/v1/embeddings": {
      format: (options, model) => (isVertex(options) ? vertexEmbed(model) : geminiEmbed),
      path: pathTo({ plain: "batchEmbedContents", onVertex: "predict" }),
    },
    "llm/v1/multimodal-embeddings": {
      path: (invocation) =>
        isVertex(invocation.options) ? pathTo(PREDICT)(invocation) : undefined,
    },
    "image/v1/images/generations": { path: pathTo(GENERATE_ONCE) },
    "image/v1/images/edits": { path: pathTo(GENERATE_ONCE) },
    "video/v1/videos/generations": { path: pathTo({ plain: "predictLongRunning" }) },
    "llm/v1/files": {
      path: ({ options }) => (isVertex(options) ? undefined : "/v1beta/files"),
    },
    "llm/v1/batches": {
      path: ({ options }) =>
        isVertex(options) ? `${projectPath(options)}/batchPredictionJobs` : "/v1beta/batches",
    },
  },
  deviates: (options, model) => partnerOf(model, options)?.deviates === true,
  origin: (options) =>
    isVertex(options)
      ? `https://${options.gemini.api_endpoint}`
      : "https://generativelanguage.googleapis.com",
  keyHeader: "x-goog-api-key",
  toolNames({ model, options }) {
    const partner = partnerOf(model, options);
    return partner ? partner.toolNames : GEMINI_TOOL_NAMES;
  },
  adapt(wire, invocation): JsonObject {
    const partner = partnerOf(invocation.model, invocation.options);
    return partner ? partner.adapt(wire, invocation) : wire;
  },
  families: ({ model, options }) => partnerOf(model, options)?.families,
  partFault: geminiPartFault,
  upstreamPath: () => ({ override: true }),
  streamUsage: () => false,
};

function generating(routeType: RouteTypeOf<"text">): Endpoint<WireFormat> {
  return {
    format(options, model) {
      const partner = partnerOf(model, options);
      return partner ? partner.formats[routeType] : geminiGenerate;
    },
    path: pathTo(GENERATE),
    query: ({ model, options, stream }): Readonly<Record<string, string>> =>
      stream && !partnerOf(model, options) ? { alt: "sse" } : {},
    streamEndings: STREAM_ENDINGS,
  };
}

function pathTo({ plain, streamed = plain, onVertex = plain }: Actions) {
  return ({ routeType, model, options, stream }: Invocation): string => {
    if (!isVertex(options)) {
      return `/v1beta/models/${pathSegment(model)}:${stream ? streamed : plain}`;
    }
    const base = projectPath(options);
    const partner = partnerOf(model, options);
    if (partner) {
      if (!partner.formats[routeType]) throw notThePartners(partner, model, routeType);
      const raw = stream ? "streamRawPredict" : "rawPredict";
      return `${base}/publishers/${partner.publisher}/models/${pathSegment(model)}:${raw}`;
    }
    const action = stream ? streamed : onVertex;
    const { endpoint_id: endpoint } = options.gemini;
    if (endpoint) return `${base}/endpoints/${pathSegment(endpoint)}:${action}`;
    return `${base}/publishers/google/models/${pathSegment(model)}:${action}`;
  };
}

function projectPath({ gemini: { project_id = "", location_id = "" } }: ModelOptions): string {
  return `/v1/projects/${pathSegment(project_id)}/locations/${pathSegment(location_id)}`;
}

/** An endpoint of one's own is asked in Google's way, whatever model runs there. */
function partnerOf(model: string, options: ModelOptions): VertexPartner | undefined {
  if (!isVertex(options) || options.gemini.endpoint_id) return undefined;
  return vertexPartner(model);
}

function notThePartners({ publisher }: VertexPartner, model: string, routeType: RouteType) {
  const words = `model ${model} on Vertex AI is ${publisher}'s, which has no ${routeType} there`;
  return new GatewayError("invalid_request", words, { vendor: { param: "model" } });
}

const KNOWN: ReadonlySet<unknown> = new Set([
  "text",
  "image_url",
  "video_url",
  "input_audio",
  "file",
]);

/**
 * What is wrong with the first part of a chat in OpenAI's dialect that Gemini cannot be told, in the
 * reference's sentences: programs match on them. Undefined where no part is at fault.
 */
function geminiPartFault({ messages }: JsonObject): string | undefined {
  if (!Array.isArray(messages)) return undefined;
  const contents = messages.map((message) => (isJsonObject(message) ? message.content : undefined));
  for (const content of contents) {
    const faults = Array.isArray(content) ? content.map(faultOf) : [];
    const fault = faults.find((one) => one !== undefined);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOf(part: Json): string | undefined {
  if (!isJsonObject(part)) return undefined;
  const { type, text, image_url: image } = part;
  if (type === "text" && typeof text !== "string") {
    return "message part type is 'text' but is missing .text block";
  }
  const url = isJsonObject(image) ? image.url : image;
  if (type === "image_url" && typeof url !== "string") {
    return "message part type is 'image_url' but is missing .image_url.url block";
  }
  if (KNOWN.has(type)) return undefined;
  return `cannot transform part of type '${typeof type === "string" ? type : ""}' to Gemini format`;
}
