import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { CohereClientV2 } from "cohere-ai";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ keys: ["lab-key", "AKIDLAB:lab-secret"] });
});
afterAll(() => lab.stop());

const TEXTS = ["the river", "the river bank", "an unlike thing"];

/** Texts that share words are nearer each other than to others. */
function expectVectors(vectors: readonly (readonly number[])[], length: number): void {
  expect(vectors.map((vector) => vector.length)).toEqual([length, length, length]);
  const [river = [], bank = [], other = []] = vectors;
  const nearness = (one: readonly number[], two: readonly number[]) =>
    one.reduce((sum, value, at) => sum + value * (two[at] ?? 0), 0);
  expect(nearness(river, river)).toBeCloseTo(1, 5);
  expect(nearness(river, bank)).toBeGreaterThan(nearness(river, other));
}

/** What an SDK throws; some of their promises are none of the language's own. */
async function refusal(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was refused");
}

describe("each vendor's SDK gets vectors from the lab", () => {
  test("openai, which asks for base64 by itself", async () => {
    const client = new OpenAI({ apiKey: "lab-key", baseURL: `${lab.url}/v1`, maxRetries: 0 });
    const model = "text-embedding-3-small";
    const plain = await client.embeddings.create({ model, input: TEXTS });
    expectVectors(
      plain.data.map(({ embedding }) => embedding),
      1536,
    );
    const short = await client.embeddings.create({
      model,
      input: TEXTS,
      dimensions: 256,
      encoding_format: "float",
    });
    expectVectors(
      short.data.map(({ embedding }) => embedding),
      256,
    );
    const fixed = { model: "text-embedding-ada-002", input: "a", dimensions: 256 };
    expect(await refusal(client.embeddings.create(fixed))).toMatchObject({ status: 400 });
    const empty = client.embeddings.create({ model, input: [] });
    expect(await refusal(empty)).toMatchObject({ status: 400, code: "empty_array" });
  });

  test("cohere-ai", async () => {
    const client = new CohereClientV2({ token: "lab-key", environment: lab.url, maxRetries: 0 });
    const ask = (texts: string[]) =>
      client.embed({
        model: "embed-v4.0",
        texts,
        inputType: "search_query",
        embeddingTypes: ["float"],
        outputDimension: 512,
      });
    const { embeddings, meta } = await ask(TEXTS);
    expectVectors(embeddings.float ?? [], 512);
    expect(meta?.billedUnits?.inputTokens).toBe(8);
    expect(await refusal(ask(Array(97).fill("a")))).toMatchObject({ statusCode: 400 });
  });

  test("@google/genai", async () => {
    const client = new GoogleGenAI({ apiKey: "lab-key", httpOptions: { baseUrl: lab.url } });
    const ask = (contents: string[], outputDimensionality?: number) =>
      client.models.embedContent({
        model: "gemini-embedding-001",
        contents,
        config: {
          taskType: "CLUSTERING",
          ...(outputDimensionality !== undefined && { outputDimensionality }),
        },
      });
    const values = async (dimensions?: number) =>
      (await ask(TEXTS, dimensions)).embeddings?.map((one) => one.values ?? []) ?? [];
    expectVectors(await values(), 3072);
    expectVectors(await values(768), 768);
    expect(await refusal(ask(Array(101).fill("a")))).toMatchObject({ status: 400 });
  });

  test("@aws-sdk/client-bedrock-runtime, each model in its maker's words", async () => {
    const client = new BedrockRuntimeClient({
      endpoint: lab.url,
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIDLAB", secretAccessKey: "lab-secret" },
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler(),
    });
    const invoke = async (modelId: string, body: object) => {
      const answer = await client.send(
        new InvokeModelCommand({ modelId, body: JSON.stringify(body) }),
      );
      return JSON.parse(answer.body.transformToString());
    };
    const titan = await Promise.all(
      TEXTS.map((inputText) =>
        invoke("amazon.titan-embed-text-v2:0", { inputText, dimensions: 512, normalize: true }),
      ),
    );
    expectVectors(
      titan.map(({ embedding }) => embedding),
      512,
    );
    expect(titan[0].inputTextTokenCount).toBe(2);
    const cohere = await invoke("cohere.embed-v4:0", {
      texts: TEXTS,
      input_type: "search_document",
      embedding_types: ["float"],
    });
    expectVectors(cohere.embeddings.float, 1536);
    const many = invoke("amazon.titan-embed-text-v1", { inputText: "a", dimensions: 256 });
    expect(await refusal(many)).toMatchObject({ name: "ValidationException" });
    const unknown = invoke("some.model", { inputText: "a" });
    expect(await refusal(unknown)).toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("ollama", async () => {
    const headers = { authorization: "Bearer lab-key" };
    const client = new Ollama({ host: lab.url, headers });
    const { embeddings } = await client.embed({ model: "nomic-embed-text", input: TEXTS });
    expectVectors(embeddings, 768);
  });
});
