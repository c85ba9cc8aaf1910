import { expect, test } from "bun:test";
import { problemLines } from "../../tests/fixtures/test-plugins.ts";

type BadFile = readonly [name: string, text: string, ...problems: string[]];

const FILES: readonly BadFile[] = [
  [
    "an unknown top-level key",
    `_format_version: "3.0"
servces: []
`,
    "2:1 servces: unknown field (did you mean 'services'?)",
  ],
  [
    "a list that is a map",
    `_format_version: "3.0"
services: { name: a }
`,
    "2:11 services: expected an array",
  ],
  [
    "an entity that is a word",
    `_format_version: "3.0"
services:
  - llm
`,
    "3:5 services[0]: expected a record",
  ],
  [
    "a service without a host",
    `_format_version: "3.0"
services:
  - name: a
`,
    "3:5 services[0].host: required field missing",
  ],
  [
    "a misspelt field",
    `_format_version: "3.0"
services:
  - name: a
    url: http://h
    retrys: 1
`,
    "5:5 services[0].retrys: unknown field (did you mean 'retries'?)",
  ],
  [
    "a port out of range",
    `_format_version: "3.0"
services:
  - name: a
    host: h
    port: 70000
`,
    "5:11 services[0].port: value should be between 0 and 65535",
  ],
  [
    "a timeout that is text",
    `_format_version: "3.0"
services:
  - name: a
    host: h
    connect_timeout: 5s
`,
    "5:22 services[0].connect_timeout: expected an integer",
  ],
  [
    "a path without a slash",
    `_format_version: "3.0"
services:
  - name: a
    host: h
    path: v1
`,
    "5:11 services[0].path: should start with: /",
  ],
  [
    "an unknown protocol",
    `_format_version: "3.0"
services:
  - name: a
    host: h
    protocol: gopher
`,
    "5:15 services[0].protocol: expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp, ws, wss",
  ],
  [
    "a protocol that is not spoken",
    `_format_version: "3.0"
services:
  - name: a
    url: grpc://h:9
`,
    "4:10 services[0].url: the protocol grpc is not built yet",
  ],
  [
    "a url that is none",
    `_format_version: "3.0"
services:
  - name: a
    url: nonsense
`,
    "4:10 services[0].url: expected a URL",
  ],
  [
    "a url and a host",
    `_format_version: "3.0"
services:
  - name: a
    url: http://h
    host: i
`,
    "5:11 services[0].host: only one or none of these fields must be set: 'url', 'host'",
  ],
  [
    "a url with a password",
    `_format_version: "3.0"
services:
  - name: a
    url: http://me:canary@h
`,
    "4:10 services[0].url: a url with a user name or password is not built yet",
  ],
  [
    "unchecked certificates",
    `_format_version: "3.0"
services:
  - name: a
    host: h
    tls_verify: false
`,
    "5:17 services[0].tls_verify: leaving the upstream's certificate unchecked is not built yet",
  ],
  [
    "a client certificate",
    `_format_version: "3.0"
services:
  - name: a
    host: h
    client_certificate: { id: x }
`,
    "5:25 services[0].client_certificate: client certificates for upstreams are not built yet",
  ],
  [
    "a bad name",
    `_format_version: "3.0"
services:
  - name: a b
    host: h
`,
    "3:11 services[0].name: a name may hold letters, digits and the characters . - _ ~",
  ],
  [
    "two services of one name",
    `_format_version: "3.0"
services:
  - { name: a, host: h }
  - { name: a, host: i }
`,
    "4:13 services[1].name: uniqueness violation: 'services' entity with name set to 'a' already declared",
  ],
  [
    "two services of one id",
    `_format_version: "3.0"
services:
  - { id: x, host: h }
  - { id: x, host: i }
`,
    "4:11 services[1].id: uniqueness violation: 'services' entity with id set to 'x' already declared",
  ],
  [
    "a route to nowhere",
    `_format_version: "3.0"
services: [{ name: chat, host: h }]
routes:
  - name: r
    service: chta
`,
    "5:14 routes[0].service: invalid reference 'services: chta' (no such entry in 'services') (did you mean 'chat'?)",
  ],
  [
    "a route to nowhere by id",
    `_format_version: "3.0"
routes:
  - name: r
    service: { id: nope }
`,
    "4:14 routes[0].service: invalid reference 'services: nope' (no such entry in 'services')",
  ],
  [
    "a reference with a stray key",
    `_format_version: "3.0"
services: [{ name: a, host: h }]
routes:
  - name: r
    service: { nmae: a }
`,
    "5:16 routes[0].service.nmae: unknown field (did you mean 'name'?)",
  ],
  [
    "a reference of the wrong type",
    `_format_version: "3.0"
routes:
  - name: r
    service: 5
`,
    "4:14 routes[0].service: expected a string or a record",
  ],
  [
    "a route in one service that names another",
    `_format_version: "3.0"
services:
  - name: a
    host: h
    routes:
      - name: r
        service: b
  - { name: b, host: i }
`,
    "7:18 services[0].routes[0].service: names another service than the one it stands in",
  ],
  [
    "a relative route path",
    `_format_version: "3.0"
routes:
  - paths: [v1]
`,
    "3:13 routes[0].paths[0]: should start with: / (fixed path) or ~/ (regex path)",
  ],
  [
    "a broken expression",
    `_format_version: "3.0"
routes:
  - paths: ["~/(a"]
`,
    "3:13 routes[0].paths[0]: invalid regex: missing )",
  ],
  [
    "a lower-case method",
    `_format_version: "3.0"
routes:
  - methods: [get]
`,
    "3:15 routes[0].methods[0]: a method is written in upper-case letters",
  ],
  [
    "an unknown redirect status",
    `_format_version: "3.0"
routes:
  - https_redirect_status_code: 303
`,
    "3:33 routes[0].https_redirect_status_code: expected one of: 426, 301, 302, 307, 308",
  ],
  [
    "headers that are a list",
    `_format_version: "3.0"
routes:
  - headers: [a]
`,
    "3:14 routes[0].headers: expected a record",
  ],
  [
    "an expression route",
    `_format_version: "3.0"
routes:
  - expression: http.path == "/"
    priority: 1
`,
    "3:17 routes[0].expression: routing by expression is not built yet",
    "4:15 routes[0].priority: routing by expression is not built yet",
  ],
  [
    "server names",
    `_format_version: "3.0"
routes:
  - snis: ["a.example:443", "*.b.example"]
`,
    "3:12 routes[0].snis[0]: invalid server name: must not be an address or have a port",
    "3:29 routes[0].snis[1]: wildcards in server names are not built yet",
  ],
  [
    "a consumer without a name",
    `_format_version: "3.0"
consumers:
  - tags: [a]
`,
    "3:5 consumers[0].@entity: at least one of these fields must be non-empty: 'custom_id', 'username'",
  ],
  [
    "a consumer in an unknown group",
    `_format_version: "3.0"
consumers:
  - username: a
    groups: [{ name: gld }]
consumer_groups: [{ name: gold }]
`,
    "4:14 consumers[0].groups[0]: invalid reference 'consumer_groups: gld' (no such entry in 'consumer_groups') (did you mean 'gold'?)",
  ],
  [
    "a group with an unknown consumer",
    `_format_version: "3.0"
consumer_groups:
  - name: gold
    consumers: [{ username: bob }]
`,
    "4:17 consumer_groups[0].consumers[0]: invalid reference 'consumers: bob' (no such entry in 'consumers')",
  ],
  [
    "a credential without a consumer",
    `_format_version: "3.0"
keyauth_credentials:
  - key: canary-key
`,
    "3:5 keyauth_credentials[0].consumer: required field missing",
  ],
  [
    "a key used twice",
    `_format_version: "3.0"
consumers:
  - username: a
    keyauth_credentials: [{ key: canary-key }]
  - username: b
    keyauth_credentials: [{ key: canary-key }]
`,
    "6:27 consumers[1].keyauth_credentials[0]: uniqueness violation: another of the 'keyauth_credentials' says the same",
  ],
];

test.each(FILES)(
  "every fault of an entity is named with its place: %s",
  (_name, text, ...problems) => {
    expect(problemLines(text, { env: { DECK_NAME: "a-canary-name" } })).toEqual(problems);
  },
);
