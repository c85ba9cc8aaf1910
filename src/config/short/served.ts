import { COMMON_LLM_FORMAT } from "../../gateway/call/client-format.ts";
import {
  type LlmFormat,
  operationOf,
  ROUTE_TYPES,
  SERVED_DIALECTS,
  type ServedDialect,
} from "../../providers/operations.ts";

type ServedOperation = Omit<ServedDialect, "llmFormat"> & { readonly llmFormat: LlmFormat };

/** What the short form serves: each at its vendor's own path, and below the dialect's base path. */
export const OPERATIONS: readonly ServedOperation[] = [
  ...ROUTE_TYPES.flatMap((routeType): ServedOperation[] => {
    const { served } = operationOf(routeType);
    return served ? [{ ...served, base: "/openai", routeType, llmFormat: COMMON_LLM_FORMAT }] : [];
  }),
  ...SERVED_DIALECTS,
];

const LIST_PATH = "/v1/models";

/** Base path → where models are listed in that dialect. */
const LISTS = new Map(OPERATIONS.map(({ base, listPath = LIST_PATH }) => [base, listPath]));

/** Paths of the route that lists models alone: a list at an address of its own is below the route of what it lists. */
export const LIST_PATHS: readonly string[] = [
  LIST_PATH,
  ...[...LISTS].flatMap(([base, path]) => (path === LIST_PATH ? [base + path] : [])),
];

const LISTED_AT = [...new Set([...LISTS].flatMap(([base, path]) => [path, base + path]))];
const LISTING = ["GET", "HEAD"];

/** All that is served, for those who ask for something else. */
export const SERVED = [
  ...OPERATIONS.map(({ path, also = [], base, about }) => ({
    path,
    also: [...also, ...[path, ...also].map((one) => base + one)],
    methods: ["POST"],
    about,
  })),
  {
    path: LIST_PATH,
    also: LISTED_AT.filter((path) => path !== LIST_PATH),
    methods: LISTING,
    about: "the models that can be called",
  },
  { path: `${LIST_PATH}/{model}`, methods: LISTING, about: "one of the models" },
];
