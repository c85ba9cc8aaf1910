import { GatewayError } from "../chat/error.ts";
import type { JsonObject } from "../chat/json.ts";
import { geminiEmbed, vertexEmbed } from "../formats/embeddings/gemini.ts";
import { geminiGenerate } from "../formats/gemini/format.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import { geminiPartFault } from "./gemini-parts.ts";
import { pathSegment } from "./path-segment.ts";
import type { ModelOptions, Operation, Provider } from "./provider.ts";
import type { RouteType } from "./target-schema.ts";
import { GEMINI_TOOL_NAMES } from "./tool-names.ts";
import { isVertex, type VertexPartner, vertexPartner } from "./vertex-partners.ts";

interface Actions {
  readonly plain: string;
  readonly streamed?: string;
}

const GENERATE: Actions = { plain: "generateContent", streamed: "streamGenerateContent" };

/** https://ai.google.dev/api; a legacy completion is asked for as a chat of one message. */
const PUBLIC_ACTIONS: Readonly<Partial<Record<RouteType, Actions>>> = {
  "llm/v1/chat": GENERATE,
  "llm/v1/completions": GENERATE,
  "llm/v1/embeddings": { plain: "batchEmbedContents" },
  "image/v1/images/generations": { plain: "generateContent" },
  "image/v1/images/edits": { plain: "generateContent" },
  "video/v1/videos/generations": { plain: "predictLongRunning" },
};

/** https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest */
const VERTEX_ACTIONS: Readonly<Partial<Record<RouteType, Actions>>> = {
  ...PUBLIC_ACTIONS,
  "llm/v1/embeddings": { plain: "predict" },
  "llm/v1/multimodal-embeddings": { plain: "predict" },
};

const FORMATS: Readonly<Partial<Record<RouteType, WireFormat>>> = {
  "llm/v1/chat": geminiGenerate,
  "llm/v1/completions": geminiGenerate,
};

export const gemini: Provider = {
  name: "gemini",
  about:
    "Google's Gemini models, from the public API or from Vertex AI; partners' models on Vertex AI.",
  format(routeType, options, model) {
    const partner = partnerOf(model, options);
    return partner ? partner.format(routeType) : FORMATS[routeType];
  },
  departs: (options, model) => partnerOf(model, options)?.departs === true,
  embeddings: ({ model, options }) => (isVertex(options) ? vertexEmbed(model) : geminiEmbed),
  origin: (options) =>
    isVertex(options)
      ? `https://${options.gemini.api_endpoint}`
      : "https://generativelanguage.googleapis.com",
  path: (operation) =>
    isVertex(operation.options) ? vertexPath(operation) : publicPath(operation),
  query: (operation): Readonly<Record<string, string>> =>
    operation.stream &&
    PUBLIC_ACTIONS[operation.routeType]?.streamed &&
    !partnerOf(operation.model, operation.options)
      ? { alt: "sse" }
      : {},
  toolNames({ model, options }) {
    const partner = partnerOf(model, options);
    return partner ? partner.toolNames : GEMINI_TOOL_NAMES;
  },
  adapt(wire, operation): JsonObject {
    const partner = partnerOf(operation.model, operation.options);
    return partner?.format(operation.routeType) ? partner.adapt(wire, operation) : wire;
  },
  families: ({ model, options }) => partnerOf(model, options)?.families,
  partFault: geminiPartFault,
  upstreamPath: () => ({ override: true }),
  streamEndings: [
    [":generateContent", ":streamGenerateContent"],
    [":rawPredict", ":streamRawPredict"],
  ],
  streamUsage: () => false,
};

function publicPath({ routeType, model, stream }: Operation): string | undefined {
  if (routeType === "llm/v1/files") return "/v1beta/files";
  if (routeType === "llm/v1/batches") return "/v1beta/batches";
  const action = actionOf(PUBLIC_ACTIONS[routeType], stream);
  return action && `/v1beta/models/${pathSegment(model)}:${action}`;
}

function vertexPath({ routeType, model, stream, options }: Operation): string | undefined {
  const { project_id, location_id, endpoint_id } = options.gemini;
  if (!project_id || !location_id) return undefined;
  const base = `/v1/projects/${pathSegment(project_id)}/locations/${pathSegment(location_id)}`;
  if (routeType === "llm/v1/batches") return `${base}/batchPredictionJobs`;
  const action = actionOf(VERTEX_ACTIONS[routeType], stream);
  if (!action) return undefined;
  const partner = partnerOf(model, options);
  if (partner) {
    if (!partner.format(routeType)) throw notThePartners(partner, model, routeType);
    const raw = stream ? "streamRawPredict" : "rawPredict";
    return `${base}/publishers/${partner.publisher}/models/${pathSegment(model)}:${raw}`;
  }
  if (endpoint_id) return `${base}/endpoints/${pathSegment(endpoint_id)}:${action}`;
  return `${base}/publishers/google/models/${pathSegment(model)}:${action}`;
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

function actionOf(actions: Actions | undefined, stream: boolean): string | undefined {
  return stream ? (actions?.streamed ?? actions?.plain) : actions?.plain;
}
