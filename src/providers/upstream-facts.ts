import type { JsonObject } from "../chat/json.ts";
import type { ReadHeaders } from "../framing/header-map.ts";

/** What `upstreamRequest` needs to know of the client's request. */
export interface UpstreamFacts {
  readonly method: string;
  /** Client path after prefix stripping. */
  readonly path: string;
  /** Client path as it came: it names the stored thing (a file, a batch) that is meant. */
  readonly clientPath: string;
  readonly search: string;
  readonly headers: ReadHeaders;
  /** The selected model; empty when there is none. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether the body is JSON that we write (`application/json`), or the client's own. */
  readonly jsonBody: boolean;
  /** The version of the vendor's dialect that the client speaks, where its own request goes there. */
  readonly clientVersion?: string;
  /** The client's JSON body, where it was read: it may hold a credential of its own. */
  readonly clientBody?: JsonObject;
}

/** Everything of the upstream request but its body's translation. */
export interface UpstreamRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  /** Top-level members that a body credential adds. */
  readonly bodyMembers?: JsonObject;
}
