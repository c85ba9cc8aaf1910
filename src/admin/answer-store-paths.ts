import type { AnswerStore, AnswerStores } from "../gateway/call/answer-stores.ts";
import { type AdminAnswer, type AdminQuestion, isRead, jsonAnswer } from "./admin-messages.ts";

/** https://developer.konghq.com/plugins/ai-semantic-cache/api/ */
const PATH =
  /^\/ai-semantic-cache(?:\/(?<key>[^/]+)|\/(?<pluginId>[^/]+)\/caches(?:\/(?<own>[^/]+))?)?$/;

export function isAnswerStorePath(path: string): boolean {
  return PATH.test(path);
}

/**
 * What is kept of answers: one of them is shown or forgotten by its key (`X-Cache-Key`), all of an instance or of all
 * instances are forgotten. Rejects where a store fails.
 */
export async function answerStores(
  { method, path }: AdminQuestion,
  stores: AnswerStores,
): Promise<AdminAnswer> {
  const { key: anyKey, own, pluginId: encodedId } = PATH.exec(path)?.groups ?? {};
  const pluginId = encodedId === undefined ? undefined : decoded(encodedId);
  const key = anyKey ?? own;
  const asked = stores.of(pluginId);
  if (pluginId !== undefined && asked.length === 0) {
    return jsonAnswer({ message: "Not found; no plugin instance of this id keeps answers" }, 404);
  }
  if (method === "DELETE") return key === undefined ? removedAll(asked) : removed(asked, key);
  if (key === undefined || !isRead(method)) {
    return jsonAnswer({ message: "Method not allowed" }, 405);
  }
  for (const store of asked) {
    const kept = await store.get(key);
    if (kept) return jsonAnswer(kept);
  }
  return nothingKept();
}

async function removedAll(stores: readonly AnswerStore[]): Promise<AdminAnswer> {
  await Promise.all(stores.map((store) => store.removeAll()));
  return DONE;
}

async function removed(stores: readonly AnswerStore[], key: string): Promise<AdminAnswer> {
  const found = await Promise.all(stores.map((store) => store.remove(key)));
  return found.includes(true) ? DONE : nothingKept();
}

const DONE: AdminAnswer = { status: 204, contentType: "", body: "" };

function nothingKept(): AdminAnswer {
  return jsonAnswer({ message: "Not found; nothing is kept under this key" }, 404);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
