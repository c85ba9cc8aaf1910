import { expect, test } from "bun:test";
import { problemLines } from "../../tests/fixtures/test-plugins.ts";

type BadFile = readonly [name: string, text: string, ...problems: string[]];

const FILES: readonly BadFile[] = [
  [
    "a plugin without a name",
    `_format_version: "3.0"
plugins:
  - config: {}
`,
    "3:5 plugins[0].name: required field missing",
  ],
  [
    "an unknown plugin",
    `_format_version: "3.0"
plugins:
  - name: ai-porxy
`,
    "3:11 plugins[0].name: plugin 'ai-porxy' not enabled; add it to the 'plugins' configuration property (did you mean 'ai-proxy'?)",
  ],
  [
    "a plugin that is not built",
    `_format_version: "3.0"
plugins:
  - name: ai-semantic-cache
`,
    "3:11 plugins[0].name: plugin 'ai-semantic-cache' is known but not built yet",
  ],
  [
    "a plugin without config",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
`,
    "3:5 plugins[0].config.route_type: required field missing",
    "3:5 plugins[0].config.model: required field missing",
  ],
  [
    "a plugin with a list as config",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config: []
`,
    "4:13 plugins[0].config: expected a record",
  ],
  [
    "an unknown field of a plugin",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
    enabeld: true
`,
    "8:5 plugins[0].enabeld: unknown field (did you mean 'enabled'?)",
  ],
  [
    "an unknown field in config",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
        nmae: gpt
`,
    "8:9 plugins[0].config.model.nmae: unknown field (did you mean 'name'?)",
  ],
  [
    "a value close to one that exists",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chta
      model: { provider: openai }
`,
    "5:19 plugins[0].config.route_type: expected one of: llm/v1/chat, llm/v1/completions, preserve, llm/v1/embeddings, llm/v1/responses, llm/v1/assistants, llm/v1/files, llm/v1/batches, audio/v1/audio/speech, audio/v1/audio/transcriptions, audio/v1/audio/translations, image/v1/images/generations, image/v1/images/edits, video/v1/videos/generations, realtime/v1/realtime, llm/v1/multimodal-embeddings (did you mean 'llm/v1/chat'?)",
  ],
  [
    "several faults in one config",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
        options:
          temperature: 7
          top_k: 501
          top_p: two
          max_tokens: 1.5
          llama2_format: gguf
`,
    "9:24 plugins[0].config.model.options.temperature: value should be between 0 and 5",
    "10:18 plugins[0].config.model.options.top_k: value should be between 0 and 500",
    "11:18 plugins[0].config.model.options.top_p: expected a number",
    "12:23 plugins[0].config.model.options.max_tokens: expected an integer",
    "13:26 plugins[0].config.model.options.llama2_format: expected one of: ollama, openai, raw",
  ],
  [
    "an entity check",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
      auth:
        header_name: Authorization
`,
    "4:5 plugins[0].config.@entity: all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
  ],
  [
    "an entity check beside a typo",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
      auth:
        header_name: Authorization
        header_valeu: canary-value
`,
    "4:5 plugins[0].config.@entity: all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
    "10:9 plugins[0].config.auth.header_valeu: unknown field (did you mean 'header_value'?)",
  ],
  [
    "an entity check of the plugin",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/completions
      model:
        provider: openai
      llm_format: anthropic
`,
    "3:5 plugins[0].@entity: native formats are for chat",
  ],
  [
    "a plugin for an unknown route",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
    route: chat
`,
    "8:12 plugins[0].route: invalid reference 'routes: chat' (no such entry in 'routes')",
  ],
  [
    "a scope that the plugin has not",
    `_format_version: "3.0"
consumer_groups: [{ name: g }]
plugins:
  - name: http-log
    consumer_group: g
    config: { http_endpoint: http://x }
`,
    "5:21 plugins[0].consumer_group: value must be null: plugin 'http-log' cannot be scoped to a consumer_group",
  ],
  [
    "bounds that leave out their ends",
    `_format_version: "3.0"
plugins:
  - name: http-log
    config:
      http_endpoint: http://x
      timeout: 0
      retries: 10
`,
    "6:16 plugins[0].config.timeout: value must be greater than 0",
    "7:16 plugins[0].config.retries: value must be at most 9",
  ],
  [
    "lengths",
    `_format_version: "3.0"
plugins:
  - name: http-log
    config:
      http_endpoint: http://x
      levels: [a, abcdef]
`,
    "6:16 plugins[0].config.levels[0]: length must be at least 2",
    "6:19 plugins[0].config.levels[1]: length must be at most 5",
  ],
  [
    "an empty list",
    `_format_version: "3.0"
plugins:
  - name: http-log
    config:
      http_endpoint: http://x
      levels: []
`,
    "6:15 plugins[0].config.levels: length must be at least 1",
  ],
  [
    "neither of two types",
    `_format_version: "3.0"
plugins:
  - name: http-log
    config:
      http_endpoint: http://x
      when: 5
`,
    "6:13 plugins[0].config.when: expected a string or an array",
  ],
  [
    "one of two types, wrong inside",
    `_format_version: "3.0"
plugins:
  - name: http-log
    config:
      http_endpoint: http://x
      when: [a, 5]
`,
    "6:17 plugins[0].config.when[1]: expected a string",
  ],
  [
    "two plugins of one label",
    `_format_version: "3.0"
routes: [{ name: r }]
plugins:
  - { name: http-log, instance_name: a, config: { http_endpoint: "http://x" } }
  - { name: http-log, instance_name: a, route: r, config: { http_endpoint: "http://x" } }
`,
    "5:38 plugins[1].instance_name: uniqueness violation: 'plugins' entity with instance_name set to 'a' already declared (plugins[0].instance_name)",
  ],
  [
    "a plugin twice in one scope",
    `_format_version: "3.0"
plugins:
  - { name: http-log, config: { http_endpoint: "http://x" } }
  - { name: http-log, config: { http_endpoint: "http://x" } }
`,
    "4:5 plugins[1]: plugin 'http-log' is already configured for the same scope (plugins[0])",
  ],
  [
    "ordering, a condition and partials",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
    ordering: { before: { access: [cors] } }
    condition: http.path == "/"
    partials: [{ name: shared }]
`,
    "8:15 plugins[0].ordering: dynamic ordering is not built yet",
    "9:16 plugins[0].condition: conditions are not built yet",
    "10:15 plugins[0].partials: linking partials is not built yet",
  ],
  [
    "user names and passwords in urls",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
        options:
          upstream_url: https://me:canary@h/v1
  - name: ai-proxy
    route: r
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
        options:
          upstream_url: https://canary@$(headers.h@h)/v1
routes: [{ name: r }]
`,
    "9:25 plugins[0].config.model.options.upstream_url: a url with a user name or password is not built yet",
    "17:25 plugins[1].config.model.options.upstream_url: a url with a user name or password is not built yet",
  ],
  [
    "a plugin for https alone",
    `_format_version: "3.0"
plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model:
        provider: openai
    protocols: [https]
`,
    "8:16 plugins[0].protocols: running a plugin for one of http and https alone is not built yet",
  ],
  [
    "a disabled plugin that is wrong",
    `_format_version: "3.0"
plugins:
  - name: http-log
    enabled: false
    config: { timeout: 1 }
`,
    "5:5 plugins[0].config.http_endpoint: required field missing",
  ],
];

test.each(FILES)(
  "every fault of a plugin is named with its place: %s",
  (_name, text, ...problems) => {
    expect(problemLines(text, { env: { DECK_NAME: "a-canary-name" } })).toEqual(problems);
  },
);
