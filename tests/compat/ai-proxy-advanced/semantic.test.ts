import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { asked, balanced, EVERYTHING, target } from "../../faults/balanced.ts";
import { startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

interface EmbeddingsRequest {
  readonly input: readonly string[];
  readonly model: string;
  readonly dimensions?: number;
}

const SUBJECTS = [/code|program|bug/i, /poem|story|verse/i, /law|contract/i];

/** A server that speaks OpenAI's embeddings: a number for each subject that a text is about. */
function startEmbeddings(answer?: () => Response) {
  const requests: EmbeddingsRequest[] = [];
  const server = Bun.serve({
    port: 0,
    async fetch(request) {
      const body = (await request.json()) as EmbeddingsRequest;
      requests.push(body);
      if (answer) return answer();
      const data = body.input.map((text, index) => ({
        object: "embedding",
        index,
        embedding: [...SUBJECTS.map((subject) => (subject.test(text) ? 1 : 0)), 0.05],
      }));
      // In another order than asked for: the index says which is which.
      return Response.json({ object: "list", data: data.toReversed(), model: body.model });
    },
  });
  return {
    requests,
    url: `http://127.0.0.1:${server.port}/v1/embeddings`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

function semantic(url: string, targets: readonly object[], balancer: object = {}) {
  return balanced(
    targets,
    { algorithm: "semantic", failover_criteria: EVERYTHING, ...balancer },
    {
      embeddings: {
        auth: { header_name: "Authorization", header_value: "Bearer e" },
        model: {
          provider: "openai",
          name: "text-embedding-3-small",
          options: { upstream_url: url },
        },
      },
      vectordb: {
        strategy: "memory",
        dimensions: 4,
        distance_metric: "cosine",
        threshold: 0.4,
      },
    },
  );
}

const about = (content: string) => ({ messages: [{ role: "user", content }] });
const code = (vendor: "openai" | "cohere", traits = "plain") =>
  target(lab, vendor, traits, { description: "writing and debugging program code" });
const poems = () => target(lab, "anthropic", "plain", { description: "poems and stories" });
const rest = () => target(lab, "bedrock", "plain", { description: "CATCHALL" });

describe("semantic", () => {
  test("the target whose description is nearest; what fits none goes to CATCHALL", async () => {
    await using embeddings = startEmbeddings();
    await using gateway = await startGateway(
      semantic(embeddings.url, [code("openai"), poems(), rest()]),
    );
    lab.reset();
    for (const content of ["Find the bug", "Write a verse", "What is the weather?"]) {
      expect((await gateway.post("/ai", about(content))).status).toBe(200);
    }
    expect(asked(lab)).toEqual(["openai", "anthropic", "bedrock"]);
  });

  test("descriptions are embedded once, together, and a prompt that came before not again", async () => {
    await using embeddings = startEmbeddings();
    await using gateway = await startGateway(
      semantic(embeddings.url, [code("openai"), code("cohere"), poems(), rest()]),
    );
    for (let call = 0; call < 3; call++) await gateway.post("/ai", about("Find the bug"));
    expect(embeddings.requests.map(({ input }) => input).toSorted()).toEqual([
      ["Find the bug"],
      ["writing and debugging program code", "poems and stories"],
    ]);
    expect(embeddings.requests[0]).toMatchObject({
      model: "text-embedding-3-small",
      dimensions: 4,
    });
  });

  test("equal descriptions share the work, and stand in for each other", async () => {
    await using embeddings = startEmbeddings();
    const config = semantic(embeddings.url, [code("openai"), code("cohere"), poems(), rest()]);
    await using gateway = await startGateway(config);
    lab.reset();
    for (let call = 0; call < 4; call++) await gateway.post("/ai", about("Find the bug"));
    expect(asked(lab)).toEqual(["openai", "cohere", "openai", "cohere"]);

    await using failing = await startGateway(
      semantic(embeddings.url, [code("openai", "503"), code("cohere"), poems(), rest()]),
    );
    lab.reset();
    expect((await failing.post("/ai", about("Find the bug"))).status).toBe(200);
    expect(asked(lab)).toEqual(["openai", "cohere"]);
  });

  test("after the group the next nearest that matches, then CATCHALL", async () => {
    await using embeddings = startEmbeddings();
    await using gateway = await startGateway(
      semantic(embeddings.url, [code("openai", "503"), poems(), rest()]),
    );
    lab.reset();
    expect((await gateway.post("/ai", about("Find the bug"))).status).toBe(200);
    expect(asked(lab)).toEqual(["openai", "bedrock"]);
  });

  test("without a CATCHALL what fits none is refused", async () => {
    await using embeddings = startEmbeddings();
    await using gateway = await startGateway(semantic(embeddings.url, [code("openai"), poems()]));
    const response = await gateway.post("/ai", about("What is the weather?"));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: "no target can be found under threshold 0.4" },
    });
  });

  const picture = {
    type: "image_url",
    image_url: { url: "data:image/png;base64,iVBORw0KGgo=" },
  };

  test.each([
    ["a picture alone", [picture]],
    ["a picture with a blank text", [picture, { type: "text", text: " \n" }]],
    ["nothing", ""],
  ])("a prompt without text fits no description, and nobody is asked: %s", async (_, content) => {
    const refuses = () => Response.json({ error: { message: "input is empty" } }, { status: 400 });
    await using embeddings = startEmbeddings(refuses);
    const question = { messages: [{ role: "user", content }] };
    await using gateway = await startGateway(
      semantic(embeddings.url, [
        code("openai"),
        poems(),
        target(lab, "openai", "echo", { description: "CATCHALL" }),
      ]),
    );
    lab.reset();
    expect((await gateway.post("/ai", question)).status).toBe(200);
    expect(lab.requests.map(({ path }) => path)).toEqual([expect.stringContaining("echo")]);

    await using choosy = await startGateway(semantic(embeddings.url, [code("openai"), poems()]));
    const refused = await choosy.post("/ai", question);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { message: "no target can be found under threshold 0.4" },
    });
    const prompts = embeddings.requests.filter(({ input }) => input.length === 1);
    expect(prompts).toEqual([]);
  });

  test("only what the user said last counts", async () => {
    await using embeddings = startEmbeddings();
    await using gateway = await startGateway(
      semantic(embeddings.url, [code("openai"), poems(), rest()]),
    );
    lab.reset();
    await gateway.post("/ai", {
      messages: [
        { role: "system", content: "You write code" },
        { role: "user", content: "Find the bug" },
        { role: "assistant", content: "Here it is" },
        { role: "user", content: "Now a poem" },
      ],
    });
    expect(asked(lab)).toEqual(["anthropic"]);
  });

  test.each([
    ["an error", () => new Response("{}", { status: 500 }), "it answered with status 500", 2],
    [
      "vectors of another length",
      () => Response.json({ data: [{ index: 0, embedding: [1, 2] }] }),
      "it gave a vector of 2 numbers in place of 4",
      1,
    ],
    [
      "no JSON",
      () => new Response("<html>"),
      "transformation failed from type openai://llm/v1/embeddings: it is not JSON",
      1,
    ],
  ])("an embedding model that answers with %s is told of", async (_, answer, detail, tries) => {
    await using embeddings = startEmbeddings(answer);
    await using gateway = await startGateway(semantic(embeddings.url, [code("openai"), rest()]));
    lab.reset();
    const response = await gateway.post("/ai", about("Find the bug"));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      error: { message: `the embedding model gave no vectors: ${detail}` },
    });
    expect(lab.requests).toHaveLength(0);
    const prompts = embeddings.requests.filter(({ input }) => input[0] === "Find the bug");
    expect(prompts).toHaveLength(tries);
  });
});
