import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  ApiError,
  type ContentUnion,
  FunctionCallingConfigMode,
  type FunctionDeclaration,
  type GenerateContentConfig,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
  ThinkingLevel,
  Type,
} from "@google/genai";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
let client: GoogleGenAI;

beforeAll(async () => {
  lab = await startLab({ keys: ["lab-key"] });
  client = clientWith("lab-key");
});
afterAll(() => lab.stop());

function clientWith(apiKey: string): GoogleGenAI {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: lab.url } });
}

const ask = (
  contents: ContentUnion,
  config: GenerateContentConfig = {},
  model = "gemini-2.5-flash",
) => client.models.generateContent({ model, contents, config });

async function streamed(model: string, contents: string, config: GenerateContentConfig = {}) {
  const stream = await client.models.generateContentStream({ model, contents, config });
  return Array.fromAsync(stream);
}

const textOf = (chunks: readonly GenerateContentResponse[]) =>
  chunks.map((chunk) => chunk.text ?? "").join("");

const weather: FunctionDeclaration = {
  name: "get_weather",
  parameters: {
    type: Type.OBJECT,
    properties: {
      city: { type: Type.STRING },
      days: { type: Type.INTEGER, minimum: 1, maximum: 5 },
      unit: { type: Type.STRING, format: "enum", enum: ["celsius", "fahrenheit"] },
    },
    required: ["city", "days", "unit"],
  },
};

describe("the lab, asked by Google's own client", () => {
  test("answers a chat", async () => {
    const reply = await ask("Hi, Ada", { systemInstruction: "Be brief", temperature: 0 });
    expect(reply.text).toContain("Hi, Ada");
    expect(reply.candidates?.[0]).toMatchObject({ finishReason: "STOP", index: 0 });
    expect(reply.modelVersion).toBe("gemini-2.5-flash");
    const usage = reply.usageMetadata;
    expect(usage?.totalTokenCount).toBe(
      (usage?.promptTokenCount ?? 0) + (usage?.candidatesTokenCount ?? 0),
    );
  });

  test("follows a conversation", async () => {
    const chat = client.chats.create({ model: "gemini-2.5-flash" });
    await chat.sendMessage({ message: "My name is Ada" });
    const second = await chat.sendMessage({ message: "What is it?" });
    expect(second.text).toContain("turn 2");
  });

  test.each(["lab/echo", "lab/multibyte", "lab/split-every-byte", "lab/crlf", "lab/reasoning"])(
    "%s streams the text and usage it answers at once",
    async (model) => {
      const words = "Wie heißt 東京 auf Deutsch?";
      const whole = await ask(words, {}, model);
      const chunks = await streamed(model, words);
      expect(textOf(chunks)).toBe(whole.text ?? "");
      expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata ?? {});
      expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe(
        whole.candidates?.[0]?.finishReason,
      );
    },
  );

  test("calls a tool, and quotes its result", async () => {
    const question = "How warm is it in Lisbon?";
    const tools = [{ functionDeclarations: [weather] }];
    const first = await ask(question, { tools }, "gemini-3-flash");
    const [call] = first.functionCalls ?? [];
    expect(call?.id).toBeString();
    expect(call?.args).toMatchObject({ city: "Lisbon" });
    const turn = first.candidates?.[0]?.content ?? {};
    expect(turn.parts?.[0]?.thoughtSignature).toBeString();
    const result: Part = {
      functionResponse: {
        ...(call?.id !== undefined && { id: call.id }),
        name: "get_weather",
        response: { result: "21 degrees" },
      },
    };
    const asked = { role: "user", parts: [{ text: question }] };
    const answered = { role: "user", parts: [result] };
    const second = await client.models.generateContent({
      model: "gemini-3-flash",
      contents: [asked, turn, answered],
      config: { tools },
    });
    expect(second.text).toContain("21 degrees");
    const unsigned = turn.parts?.map(({ thoughtSignature: _, ...part }) => part) ?? [];
    const refused = client.models.generateContent({
      model: "gemini-3-flash",
      contents: [asked, { ...turn, parts: unsigned }, answered],
    });
    expect(await refused.catch((error: unknown) => error)).toMatchObject({
      status: 400,
      message: expect.stringContaining("missing a thought_signature"),
    });
  });

  test("streams parallel calls", async () => {
    const tools = [{ functionDeclarations: [weather] }];
    const chunks = await streamed("lab/parallel-tools", "Compare Lisbon and Oslo", { tools });
    const calls = chunks.flatMap((chunk) => chunk.functionCalls ?? []);
    expect(calls.map(({ args }) => args?.["city"])).toEqual(["Lisbon", "Oslo"]);
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe("STOP" as never);
  });

  test("calls the tool it is told to, or none", async () => {
    const tools = [{ functionDeclarations: [weather, { name: "other" }] }];
    const calling = (mode: FunctionCallingConfigMode, names?: string[]) => ({
      tools,
      toolConfig: {
        functionCallingConfig: { mode, ...(names && { allowedFunctionNames: names }) },
      },
    });
    const named = await ask("Hi", calling(FunctionCallingConfigMode.ANY, ["other"]));
    expect(named.functionCalls?.[0]?.name).toBe("other");
    const none = await ask("Hi", calling(FunctionCallingConfigMode.NONE));
    expect(none.functionCalls).toBeUndefined();
  });

  test("sees images, documents and files by address", async () => {
    const data = Buffer.from("not really pixels").toString("base64");
    const reply = await client.models.generateContent({
      model: "gemini-2.5-flash",
      contents: [
        "What are these?",
        { inlineData: { mimeType: "image/png", data } },
        { inlineData: { mimeType: "application/pdf", data } },
        { fileData: { mimeType: "audio/wav", fileUri: "gs://bucket/sea.wav" } },
      ],
    });
    expect(reply.text).toContain("image/png with 17 bytes");
    expect(reply.text).toContain("application/pdf with 17 bytes");
    expect(reply.text).toContain("gs://bucket/sea.wav");
  });

  test("answers in the JSON it is asked for", async () => {
    const json = { responseMimeType: "application/json" };
    const person = await ask("A person", {
      ...json,
      responseSchema: {
        type: Type.OBJECT,
        properties: { name: { type: Type.STRING }, age: { type: Type.INTEGER } },
        required: ["name", "age"],
      },
    });
    expect(JSON.parse(person.text ?? "")).toMatchObject({ age: expect.any(Number) });
    const friends = await ask("Friends", {
      ...json,
      responseJsonSchema: {
        type: "array",
        minItems: 2,
        items: { $ref: "#/$defs/friend" },
        $defs: { friend: { type: "object", properties: { name: { type: "string" } } } },
      },
    });
    expect(JSON.parse(friends.text ?? "")).toHaveLength(2);
    const loose = await ask("Say it in JSON", json);
    expect(JSON.parse(loose.text ?? "")).toMatchObject({ question: "Say it in JSON" });
  });

  test("thinks, and shows it when asked", async () => {
    const shown = await ask(
      "Why?",
      { thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.LOW } },
      "lab/reasoning",
    );
    const parts = shown.candidates?.[0]?.content?.parts ?? [];
    expect(parts[0]?.thought).toBeTrue();
    expect(parts.at(-1)?.thoughtSignature).toBeString();
    expect(shown.usageMetadata?.thoughtsTokenCount).toBeGreaterThan(0);
    const hidden = await ask("Why?", {}, "lab/reasoning");
    expect(hidden.candidates?.[0]?.content?.parts).toHaveLength(1);
    expect(hidden.usageMetadata?.thoughtsTokenCount).toBeGreaterThan(0);
  });

  test("gives candidates and log probabilities", async () => {
    const reply = await ask("Hi", { candidateCount: 2, responseLogprobs: true, logprobs: 2 });
    expect(reply.candidates?.map(({ index }) => index)).toEqual([0, 1]);
    const scores = reply.candidates?.[0]?.logprobsResult;
    expect(scores?.chosenCandidates?.map(({ token }) => token).join("")).toBe(
      reply.candidates?.[0]?.content?.parts?.[0]?.text ?? "",
    );
    expect(scores?.topCandidates?.[0]?.candidates).toHaveLength(2);
  });

  test("finishes for every reason", async () => {
    const words = "one two three four five";
    const stopped = await ask(words, { stopSequences: [" four"] }, "lab/echo");
    expect(stopped.text).toBe("one two three");
    const cut = await ask(words, { maxOutputTokens: 2 }, "lab/echo");
    expect(cut.candidates?.[0]?.finishReason).toBe("MAX_TOKENS" as never);
    expect(cut.usageMetadata?.candidatesTokenCount).toBe(2);
    const filtered = await ask(words, {}, "lab/content-filter");
    expect(filtered.candidates?.[0]?.finishReason).toBe("SAFETY" as never);
    const blocked = await ask(words, {}, "lab/refusal");
    expect(blocked.candidates).toBeUndefined();
    expect(blocked.usageMetadata?.candidatesTokenCount).toBeUndefined();
    expect(blocked.promptFeedback?.blockReason).toBe("PROHIBITED_CONTENT" as never);
    const empty = await ask(words, {}, "lab/no-content");
    expect(empty.candidates?.[0]?.content?.parts).toBeUndefined();
    expect((await ask(words, {}, "lab/cached")).usageMetadata?.cachedContentTokenCount).toBe(6);
  });

  test.each([
    [400, "INVALID_ARGUMENT"],
    [401, "UNAUTHENTICATED"],
    [403, "PERMISSION_DENIED"],
    [404, "NOT_FOUND"],
    [429, "RESOURCE_EXHAUSTED"],
    [500, "INTERNAL"],
    [503, "UNAVAILABLE"],
    [504, "DEADLINE_EXCEEDED"],
  ])("answers %d with %s", async (status, word) => {
    const error = await ask("Hi", {}, `lab/${status}`).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, message: expect.stringContaining(word) });
  });

  test("refuses what Gemini refuses", async () => {
    const refused: readonly [GenerateContentConfig, string][] = [
      [{ temperature: 3 }, "must be in the range [0, 2]"],
      [{ tools: [{ functionDeclarations: [{ name: "1st" }] }] }, "Invalid function name"],
      [
        { responseSchema: { type: Type.STRING }, responseMimeType: "text/plain" },
        "needs the mime type application/json",
      ],
      [
        { thinkingConfig: { thinkingBudget: 1, thinkingLevel: ThinkingLevel.LOW } },
        "only set only one",
      ],
      [
        {
          tools: [{ googleSearch: {} }],
          toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
        },
        "Function calling config is set without function_declarations.",
      ],
      [
        { systemInstruction: { parts: [{ text: "" }] } },
        "system_instruction.parts[0].data: required oneof field 'data'",
      ],
    ];
    for (const [config, words] of refused) {
      const error = await ask("Hi", config).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status: 400, message: expect.stringContaining(words) });
    }
    const silent = ask({ role: "user", parts: [{ text: "" }] });
    expect(await silent.catch((thrown: unknown) => thrown)).toMatchObject({
      status: 400,
      message: expect.stringContaining("contents[0].parts[0].data: required oneof field 'data'"),
    });
  });

  test("an error inside a stream is thrown by the client", async () => {
    for (const model of ["lab/error-in-stream", "lab/error-first"]) {
      const error = await streamed(model, "Hi there").catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ApiError);
    }
  });
});

describe("the lab, asked without a client", () => {
  const body = { contents: [{ role: "user", parts: [{ text: "Hi, Ada" }] }] };
  const post = (path: string, headers: Record<string, string> = {}, sent: unknown = body) =>
    fetch(lab.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(sent),
    });
  const plain = "/v1beta/models/echo:generateContent";
  const vertex = "/v1/projects/p/locations/global/publishers/google/models/echo";

  test("takes a key in a header or the query, or a token", async () => {
    expect((await post(plain, { "x-goog-api-key": "lab-key" })).status).toBe(200);
    expect((await post(`${plain}?key=lab-key`)).status).toBe(200);
    expect((await post(plain, { authorization: "Bearer lab-key" })).status).toBe(200);
    expect((await post(plain)).status).toBe(403);
    expect((await post(`${vertex}:generateContent`)).status).toBe(401);
    const wrong = await post(plain, { "x-goog-api-key": "wrong" });
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toHaveProperty("error.details[0].reason", "API_KEY_INVALID");
  });

  test("streams an array, or events when asked to, from both homes", async () => {
    const key = { "x-goog-api-key": "lab-key" };
    for (const base of ["/v1beta/models/echo", vertex]) {
      const array = await post(`${base}:streamGenerateContent`, key);
      expect(array.headers.get("content-type")).toStartWith("application/json");
      const chunks = (await array.json()) as GenerateContentResponse[];
      const words = chunks.map((chunk) => chunk.candidates?.[0]?.content?.parts?.[0]?.text ?? "");
      expect(words.join("")).toBe("Hi, Ada");
      const events = await post(`${base}:streamGenerateContent?alt=sse`, key);
      expect(events.headers.get("content-type")).toBe("text/event-stream");
      expect(await events.text()).toStartWith('data: {"candidates":[');
    }
  });

  test("takes snake_case, and names a member it does not know", async () => {
    const key = { "x-goog-api-key": "lab-key" };
    const snake = { ...body, generation_config: { max_output_tokens: 1 } };
    const reply = await post(plain, key, snake);
    expect(await reply.json()).toHaveProperty("candidates[0].finishReason", "MAX_TOKENS");
    const unknown = await post(plain, key, { ...body, generationConfig: { stream: true } });
    expect(await unknown.json()).toHaveProperty(
      "error.message",
      `Invalid JSON payload received. Unknown name "stream" at 'generation_config': Cannot find field.`,
    );
    const lenient = "/v1beta/models/lab/lenient:generateContent";
    expect((await post(lenient, key, { ...body, stream: true })).status).toBe(200);
    const labels = { ...body, labels: { team: "a" } };
    expect((await post(plain, key, labels)).status).toBe(400);
    expect((await post(`${vertex}:generateContent`, key, labels)).status).toBe(200);
  });

  test("refuses a schema with words that Google's does not have", async () => {
    const key = { "x-goog-api-key": "lab-key" };
    const parameters = { type: "object", properties: { a: { type: ["string", "null"] } } };
    const tools = [{ functionDeclarations: [{ name: "f", parameters }] }];
    expect((await post(plain, key, { ...body, tools })).status).toBe(400);
    const free = {
      type: "object",
      properties: { a: { type: "string" } },
      additionalProperties: false,
    };
    const others = [{ functionDeclarations: [{ name: "f", parameters: free }] }];
    expect((await post(plain, key, { ...body, tools: others })).status).toBe(400);
  });
});
