/** A model behind OpenAI's API that says what a test wants it to say. */
export interface ScriptedModel extends AsyncDisposable {
  readonly url: string;
  /** Bodies of the questions, oldest first. */
  readonly questions: readonly Asked[];
}

export interface Asked {
  readonly model: string;
  readonly stream: boolean;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly headers: Record<string, string>;
}

type Saying = string | Response;

/** `say` gives the words of an answer, or a whole response in place of one. */
export function scriptedModel(say: (asked: Asked) => Saying | Promise<Saying>): ScriptedModel {
  const questions: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = (await request.json()) as Asked;
      const asked = { ...body, headers: Object.fromEntries(request.headers) };
      questions.push(asked);
      const said = await say(asked);
      return typeof said === "string" ? Response.json(answer(said, asked.model)) : said;
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1/chat/completions`,
    questions,
    [Symbol.asyncDispose]: async () => {
      await server.stop(true);
    },
  };
}

/** An answer in OpenAI's shape: 25 tokens in, 12 out. */
export function answer(content: string, model = "gpt-4o") {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: `${model}-2024`,
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 25, completion_tokens: 12, total_tokens: 37 },
  };
}

/** A transformer's `llm`: the scripted model, with prices and statistics. */
export function llmAt(url: string, more: object = {}): object {
  return {
    route_type: "llm/v1/chat",
    auth: { header_name: "Authorization", header_value: "Bearer sk-transformer-canary" },
    logging: { log_statistics: true },
    model: {
      provider: "openai",
      name: "gpt-4o",
      options: { upstream_url: url, input_cost: 10, output_cost: 10 },
    },
    ...more,
  };
}
