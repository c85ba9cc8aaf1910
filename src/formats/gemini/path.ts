/** What a client's path says: this format names neither model nor streaming in its body. */
export interface GeneratePath {
  readonly model: string;
  readonly stream: boolean;
}

const PATH =
  /\/(?:(?:models|tunedModels)\/(.+?)|(endpoints\/[^/:]+)):(generateContent|streamGenerateContent)$/;

/**
 * `/v1beta/models/{model}:generateContent`, Vertex AI's
 * `/v1/projects/{p}/locations/{l}/publishers/google/models/{model}:…`, and whatever stands before
 * them. Undefined for any other path, and for a model that is not percent-encoded text.
 */
export function readGeneratePath(path: string): GeneratePath | undefined {
  const [, model, endpoint, action] = PATH.exec(path) ?? [];
  const written = model ?? endpoint;
  if (written === undefined) return undefined;
  try {
    return { model: decodeURIComponent(written), stream: action === "streamGenerateContent" };
  } catch {
    return undefined;
  }
}
