import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ keys: ["key"] });
});
afterAll(() => lab.stop());

const PATH = "/contentsafety/text:analyze";

interface Answer {
  readonly error?: { readonly code: string };
  readonly categoriesAnalysis?: readonly object[];
  readonly blocklistsMatch?: readonly object[];
}

async function analyse(body: object | string, over: { path?: string; key?: string } = {}) {
  const { path = `${PATH}?api-version=2023-10-01`, key = "key" } = over;
  const response = await fetch(lab.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", "ocp-apim-subscription-key": key },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const json = (await response.json()) as Answer;
  return { status: response.status, headers: response.headers, json };
}

const levels = (...severities: readonly number[]) =>
  ["Hate", "SelfHarm", "Sexual", "Violence"].map((category, at) => {
    return { category, severity: severities[at] };
  });

describe("the lab as Azure AI Content Safety", () => {
  test.each([
    ["FourSeverityLevels", levels(2, 0, 4, 6)],
    ["EightSeverityLevels", levels(3, 1, 4, 7)],
  ])("levels in words, on the scale %s", async (outputType, categoriesAnalysis) => {
    const text = "Hate3, hate1 and selfharm1, sexual, violence7; hateful is another word";
    const { status, json } = await analyse({ text, outputType });
    expect(status).toBe(200);
    expect(json).toEqual({ blocklistsMatch: [], categoriesAnalysis });
  });

  test("only the categories that are asked for", async () => {
    const { json } = await analyse({ text: "violence", categories: ["Hate", "Violence"] });
    expect(json.categoriesAnalysis).toEqual([
      { category: "Hate", severity: 0 },
      { category: "Violence", severity: 4 },
    ]);
  });

  test.each([true, false])("a hit on a blocklist, halting: %p", async (haltOnBlocklistHit) => {
    const text = "An apple, and hate";
    const blocklistNames = ["lab-pear", "lab-plum-apple"];
    const asked = { text, blocklistNames, categories: ["Hate"], haltOnBlocklistHit };
    expect((await analyse(asked)).json).toEqual({
      blocklistsMatch: [
        {
          blocklistName: "lab-plum-apple",
          blocklistItemId: "item-1",
          blocklistItemText: "apple",
        },
      ],
      categoriesAnalysis: haltOnBlocklistHit ? [] : [{ category: "Hate", severity: 4 }],
    });
  });

  test.each<[string, object | string, number, string]>([
    ["no JSON", "{", 400, "InvalidRequestBody"],
    ["no text", {}, 400, "InvalidRequestBody"],
    ["an empty text", { text: "" }, 400, "InvalidRequestBody"],
    ["more than 10,000 characters", { text: "𝄞".repeat(10_001) }, 400, "InvalidRequestBody"],
    ["another category", { text: "x", categories: ["hate"] }, 400, "InvalidRequestBody"],
    ["another scale", { text: "x", outputType: "Four" }, 400, "InvalidRequestBody"],
    ["a member that it does not know", { text: "x", category: [] }, 400, "InvalidRequestBody"],
    ["a switch that is none", { text: "x", haltOnBlocklistHit: 1 }, 400, "InvalidRequestBody"],
    [
      "a blocklist that is not there",
      { text: "x", blocklistNames: ["b"] },
      404,
      "ResourceNotFound",
    ],
  ])("%s is refused", async (_name, body, status, code) => {
    const answer = await analyse(body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("x-ms-error-code")).toBe(code);
    expect(answer.json.error?.code).toBe(code);
  });

  test("10,000 characters are taken, whatever they are in UTF-16", async () => {
    expect((await analyse({ text: "𝄞".repeat(10_000) })).status).toBe(200);
  });

  test("keys and versions", async () => {
    expect((await analyse({ text: "x" }, { key: "another" })).status).toBe(401);
    expect((await analyse({ text: "x" }, { path: PATH })).status).toBe(404);
  });

  test("faults are asked for in the path", async () => {
    const at = (fault: string) => `/lab/${fault}${PATH}?api-version=2023-10-01`;
    expect((await analyse({ text: "x" }, { path: at("429") })).json.error?.code).toBe(
      "TooManyRequests",
    );
    expect((await analyse({ text: "x" }, { path: at("no-choices") })).json).toEqual({});
  });
});
