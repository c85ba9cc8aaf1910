import type { Asked, Desk, Dialect, Reply } from "../dialect.ts";
import type { JsonObject } from "../json-schema.ts";
import { checkCohere } from "./cohere-check.ts";
import {
  type CohereStamp,
  checkCohereKey,
  cohereStamp,
  cohereStatusError,
  orCohereRefusal,
  readCohereJson,
} from "./cohere-http.ts";
import type { ObjectShape } from "./openai-check.ts";
import { isLenient } from "./openai-http.ts";
import { TOO_LONG } from "./too-long.ts";

/** What one of Cohere's APIs has of its own. */
interface CohereApi {
  readonly name: string;
  /** The end of the path. */
  readonly path: string;
  /** The page that refusals name. */
  readonly doc: string;
  readonly shape: ObjectShape;
  /** Where a request need not name one. */
  readonly defaultModel?: string;
  readonly streamType: string;
  /** Rules that the shape cannot say. */
  check?(wire: JsonObject): void;
  answer(
    wire: JsonObject,
    stamp: CohereStamp,
  ): Pick<Asked, "question" | "frames" | "keepAlive"> & {
    readonly choices?: number;
    whole(...scripts: Parameters<Asked["whole"]>): JsonObject;
    /** The end of a stream that fails. */
    failed(error: Reply): ReturnType<Asked["errorFrames"]>;
  };
}

export function cohereDialect(api: CohereApi): Dialect {
  return {
    name: api.name,
    serves: ({ path }) => path.endsWith(api.path),
    receive: (request, desk) =>
      orCohereRefusal(() => {
        checkCohereKey(request, desk);
        const wire = readCohereJson(request);
        checkCohere(wire, shapeFor(wire, api, desk), api.doc);
        api.check?.(wire);
        return asked(wire, api, cohereStamp(request, desk));
      }),
  };
}

function shapeFor(wire: JsonObject, { shape }: CohereApi, desk: Desk): ObjectShape {
  return isLenient(wire["model"], desk) ? { ...shape, open: true } : shape;
}

function asked(wire: JsonObject, api: CohereApi, stamp: CohereStamp): Asked {
  const model = String(wire["model"] ?? api.defaultModel);
  const { whole, failed, ...answer } = api.answer(wire, stamp);
  return {
    type: "asked",
    model,
    stream: wire["stream"] === true,
    choices: 1,
    ...answer,
    headers: [["content-type", "application/json"], ...stamp.headers],
    streamHeaders: [["content-type", api.streamType], ...stamp.headers],
    whole: (scripts) => JSON.stringify(whole(scripts)),
    error: (status) => cohereStatusError(status, model),
    tooLong: TOO_LONG.cohere,
    errorFrames: (status) => failed(cohereStatusError(status, model)),
  };
}
