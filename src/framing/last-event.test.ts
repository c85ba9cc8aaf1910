import { expect, test } from "bun:test";
import { endsWithEvent, lastEventAt } from "./last-event.ts";

const DONE = "data: [DONE]\n\n";
const utf8 = (text: string) => new TextEncoder().encode(text);

test.each([
  ["the event alone", DONE],
  ["after another", `data: {}\n\n${DONE}`],
  ["without its space", "data: {}\n\ndata:[DONE]\n\n"],
  ["with other line ends", "data: {}\r\n\r\ndata: [DONE]\r\n\r\n"],
])("the last event is known: %s, however it is cut", (_name, text) => {
  const bytes = utf8(text);
  expect(endsWithEvent([bytes], DONE)).toBe(true);
  expect(
    endsWithEvent(
      [...bytes].map((byte) => Uint8Array.of(byte)),
      DONE,
    ),
  ).toBe(true);
});

test.each([
  ["", "data: 1\n\n"],
  ["data: {}\n\n", "data: 1\n\n"],
  ["data: {}\r\n\r\n", "event: a\r\ndata: 1\r\n\r\n"],
  ["data: {}\r\r", "event: a\rdata: 1\r\r"],
  ["\n\n", ": a\ndata: 1\n\n\n"],
  ["", "\n"],
])("behind %j the last event begins", (before, event) => {
  expect(lastEventAt(utf8(before + event))).toBe(before.length);
});

test.each([
  ["nothing", []],
  ["no bytes", [""]],
  ["another event", ['data: {"a":[]}\n\n']],
  ["its end alone", ["[DONE]\n\n"]],
  ["more behind it", [DONE, ": bye\n\n"]],
])("%s is not it", (_name, pieces) => {
  expect(endsWithEvent(pieces.map(utf8), DONE)).toBe(false);
});
