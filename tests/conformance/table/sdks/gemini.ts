import {
  ApiError,
  type Content,
  type GenerateContentParameters,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from "@google/genai";
import {
  CITY_SCHEMA,
  PDF,
  PNG,
  parted,
  type Sdk,
  type SdkAnswer,
  type SdkQuestion,
  TOOLS,
} from "../sdk.ts";

const FILES = {
  image: { inlineData: { mimeType: "image/png", data: PNG } },
  document: { inlineData: { mimeType: "application/pdf", data: PDF } },
} as const;

function bodyOf(question: SdkQuestion): GenerateContentParameters {
  const { turns, tools, isStructured, maxTokens, isThinking } = question;
  const { system } = parted(turns);
  return {
    model: "gemini-2.5-flash",
    contents: contentsOf(question),
    config: {
      ...(system.length > 0 && { systemInstruction: system.join("\n") }),
      ...(tools && {
        tools: [
          {
            functionDeclarations: tools.map((name) => ({
              name,
              parametersJsonSchema: TOOLS[name],
            })),
          },
        ],
      }),
      ...(isStructured && {
        responseMimeType: "application/json",
        responseJsonSchema: CITY_SCHEMA,
      }),
      ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
      ...(isThinking && { thinkingConfig: { includeThoughts: true } }),
    },
  };
}

function contentsOf({ turns, file, after }: SdkQuestion): Content[] {
  const { spoken } = parted(turns);
  const contents = spoken.map(({ role, text }, at): Content => {
    const parts: Part[] = [{ text }];
    if (file && at === spoken.length - 1) parts.push(FILES[file]);
    return { role: role === "assistant" ? "model" : "user", parts };
  });
  if (!after) return contents;
  const { answer, results = [], text } = after;
  contents.push({ role: "model", parts: answer.own as Part[] });
  const given = results.map((result, at) => {
    const { id = "", name = "" } = answer.calls[at] ?? {};
    return { functionResponse: { ...(id !== "" && { id }), name, response: { result } } };
  });
  contents.push({ role: "user", parts: text === undefined ? given : [{ text }] });
  return contents;
}

const clientAt = (lab: string) =>
  new GoogleGenAI({ apiKey: "lab", httpOptions: { baseUrl: lab, retryOptions: { attempts: 1 } } });

function answerOf(chunks: readonly GenerateContentResponse[]): SdkAnswer {
  const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  const last = chunks.at(-1);
  const texts = (isThought: boolean) =>
    parts.map(({ text = "", thought = false }) => (thought === isThought ? text : "")).join("");
  return {
    text: texts(false),
    reasoning: texts(true),
    calls: parts.flatMap(({ functionCall: call }) =>
      call ? [{ id: call.id ?? "", name: call.name ?? "", input: call.args }] : [],
    ),
    finish: String(last?.candidates?.[0]?.finishReason ?? ""),
    inputTokens: last?.usageMetadata?.promptTokenCount ?? 0,
    outputTokens: last?.usageMetadata?.candidatesTokenCount ?? 0,
    own: parts,
  };
}

export const gemini: Sdk = {
  name: "@google/genai",
  words: { stop: "STOP", length: "MAX_TOKENS", tools: "STOP" },
  ask: async (lab, question) =>
    answerOf([await clientAt(lab).models.generateContent(bodyOf(question))]),
  stream: async (lab, question) =>
    answerOf(
      await Array.fromAsync(await clientAt(lab).models.generateContentStream(bodyOf(question))),
    ),
  statusOf: (error) => (error instanceof ApiError ? error.status : undefined),
};
