import { compileTarget } from "../../src/providers/target.ts";
import { targetSchema } from "../../src/providers/target-schema.ts";
import { upstreamRequest } from "../../src/providers/upstream-request.ts";

/** A target in few words, and a call to it. */
export interface Asked {
  readonly route?: string;
  readonly provider: string;
  readonly options?: object;
  readonly model?: string;
  readonly stream?: boolean;
  readonly clientPath?: string;
  readonly search?: string;
  readonly method?: string;
}

const BEDROCK_KEY = { header_name: "Authorization", header_value: "Bearer k" };

export function ask(asked: Asked) {
  const { route = "llm/v1/chat", provider, options = {}, stream = false } = asked;
  const { clientPath = "/ai", search = "", method = "POST", model = "m" } = asked;
  const auth = provider === "bedrock" ? BEDROCK_KEY : {};
  const target = compileTarget(
    targetSchema.parse({ route_type: route, auth, model: { provider, options } }),
  );
  const headers = new Headers();
  const facts = { method, path: "/", clientPath, search, headers, model, stream, jsonBody: true };
  return upstreamRequest(target.resolve({ headers, search, captures: {} }), facts);
}

export const urlOf = (asked: Asked) => ask(asked).url;

/** Coordinates of a Vertex project. */
export const VERTEX = {
  gemini: {
    api_endpoint: "us-central1-aiplatform.googleapis.com",
    project_id: "p",
    location_id: "us-central1",
  },
};
