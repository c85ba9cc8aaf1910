/** What the URL of a Converse call says that its body does not. */
export interface ConverseCall {
  /** Decoded: an id, an inference profile or an ARN. */
  readonly model: string;
  readonly stream: boolean;
}

const CONVERSE = /\/model\/([^/]+)\/converse(-stream)?$/;

/** Reads a path without its query; undefined for any other operation, and for a name that is not encoded rightly. */
export function readConversePath(path: string): ConverseCall | undefined {
  const match = CONVERSE.exec(path);
  const model = match?.[1] === undefined ? undefined : decoded(match[1]);
  if (model === undefined) return undefined;
  return { model, stream: match?.[2] !== undefined };
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
