import type { Dialect } from "../dialect.ts";
import { isObject, jsonOf } from "../json.ts";
import { askedForVectors, vectorOf } from "../vectors.ts";
import { checkTgiKey, tgiStatusError, tgiVerdict } from "./tgi.ts";
import { tgiError } from "./tgi-check.ts";
import { TOO_LONG } from "./too-long.ts";

const PATH = /^\/hf-inference\/models\/(.+)\/pipeline\/feature-extraction$/;
const MAX_TEXTS = 32;
const MEMBERS = ["inputs", "normalize", "truncate", "truncation_direction", "prompt_name"];

/** https://huggingface.co/docs/inference-providers/tasks/feature-extraction */
export const featureExtraction: Dialect = {
  name: "feature-extraction",
  serves: ({ path }) => PATH.test(path) || path.endsWith("/embed"),
  receive: (request, desk) =>
    tgiVerdict(() => {
      checkTgiKey(request, desk);
      const model = decodeURIComponent(PATH.exec(request.path)?.[1] ?? "tei");
      const wire = jsonOf(request.body);
      const inputs = isObject(wire) ? wire["inputs"] : undefined;
      const texts = typeof inputs === "string" ? [inputs] : inputs;
      if (
        !isObject(wire) ||
        !Array.isArray(texts) ||
        !texts.every((one) => typeof one === "string")
      ) {
        return tgiError(
          422,
          "inputs: data did not match any variant of untagged enum Input",
          "validation",
        );
      }
      const unknown = Object.keys(wire).find((name) => !MEMBERS.includes(name));
      if (unknown !== undefined) return tgiError(422, `unknown field \`${unknown}\``, "validation");
      if (texts.length > MAX_TEXTS) {
        const message = `batch size ${texts.length} > maximum allowed batch size ${MAX_TEXTS}`;
        return tgiError(413, message, "validation");
      }
      return askedForVectors({
        model,
        texts,
        headers: [
          ["content-type", "application/json"],
          ["x-compute-type", "cpu"],
        ],
        whole: (embedded) => JSON.stringify(embedded.map((one) => vectorOf(one, 384, desk.seed))),
        error: (status) => tgiStatusError(status, model),
        tooLong: TOO_LONG.tgi,
      });
    }),
};
