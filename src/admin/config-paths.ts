import type { Problem } from "../config/config.ts";
import { type AdminAnswer, type AdminQuestion, isRead, jsonAnswer } from "./admin-messages.ts";

/** What becomes of a configuration that somebody wants in force. */
export type ConfigChange =
  /** It is; the problems are warnings. */
  | { readonly generation: number; readonly problems: readonly Problem[] }
  /** It is not, nothing has changed, and why. */
  | { readonly refused: string; readonly problems: readonly Problem[] }
  /** It cannot be now. */
  | { readonly conflict: string };

/** The configuration of a running gateway, for who may change it. */
export interface ConfigControl {
  /** A text in JSON or YAML. */
  load(text: string): Promise<ConfigChange>;
  /** The generation of this number again, or else the one before. */
  rollBack(generation: number | undefined): Promise<ConfigChange>;
  /** Those that are kept, oldest first; nothing in it is secret. */
  generations(): readonly object[];
}

const LOAD = "/config";
const ROLL_BACK = "/config/rollback";
const GENERATIONS = "/config/generations";

/** What only the holder of the admin token may ask. */
export const CONFIG_PATHS: readonly string[] = [LOAD, ROLL_BACK, GENERATIONS];

/** Answers what the holder of the admin token asks. */
export async function configAnswer(
  { method, path, body = "" }: AdminQuestion,
  control: ConfigControl,
): Promise<AdminAnswer> {
  if (path === GENERATIONS) {
    if (!isRead(method)) return jsonAnswer({ message: "Method not allowed; GET it" }, 405);
    return jsonAnswer({ generations: control.generations() });
  }
  if (method !== "POST") return jsonAnswer({ message: "Method not allowed; POST to it" }, 405);
  if (path === LOAD) return changed(await control.load(wrapped(body) ?? body));
  const wanted = generationIn(body);
  if ("fault" in wanted) return jsonAnswer({ message: wanted.fault }, 400);
  return changed(await control.rollBack(wanted.generation));
}

function changed(change: ConfigChange): AdminAnswer {
  if ("conflict" in change) return jsonAnswer({ message: change.conflict }, 409);
  const { problems } = change;
  if ("generation" in change) return jsonAnswer({ generation: change.generation, problems }, 201);
  return jsonAnswer({ message: change.refused, problems }, 422);
}

/** The reference takes a file as the one member `config` of a JSON object too. */
function wrapped(body: string): string | undefined {
  if (!body.trimStart().startsWith("{")) return undefined;
  const value = parsed(body);
  const [only, ...more] = Object.entries(value ?? {});
  return more.length === 0 && only?.[0] === "config" && typeof only[1] === "string"
    ? only[1]
    : undefined;
}

const GENERATION_FAULT = 'expected no body, or {"generation": N}';

/** The number in `{"generation": N}`, where there is a body. */
function generationIn(body: string): { readonly generation?: number } | { readonly fault: string } {
  if (body.trim() === "") return {};
  const { generation, ...more } = parsed(body) ?? {};
  if (typeof generation !== "number" || !Number.isSafeInteger(generation)) {
    return { fault: GENERATION_FAULT };
  }
  return Object.keys(more).length > 0 ? { fault: GENERATION_FAULT } : { generation };
}

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
