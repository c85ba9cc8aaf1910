import { expect, test } from "bun:test";
import { claudeTraits } from "./models.ts";

for (const [name, traits] of [
  ["claude-3-5-sonnet-20241022", { thinking: "none", structuredOutput: false }],
  ["claude-3-7-sonnet-latest", { thinking: "budget", structuredOutput: false }],
  ["claude-2.1", { thinking: "none" }],
  ["claude-opus-4-20250514", { thinking: "budget", structuredOutput: false }],
  ["claude-opus-4@20250514", { structuredOutput: false, rejectsSampling: false }],
  ["claude-opus-4-1-20250805", { structuredOutput: true, rejectsCombinedSampling: true }],
  ["anthropic.claude-sonnet-4-5-20250929-v1:0", { structuredOutput: true, thinking: "budget" }],
  ["claude-opus-4.7", { thinking: "adaptive", rejectsSampling: true, systemTurns: false }],
  ["eu.anthropic.claude-opus-4-8-v1", { systemTurns: true, forcedTools: true }],
  ["claude-sonnet-5", { thinkingFloor: "disabled", forcedTools: true }],
  ["claude-sonnet-5-5", { thinkingFloor: "between_tools", forcedTools: false }],
  ["claude-opus-5-5", { thinkingFloor: "low-effort", forcedTools: false }],
  ["claude-opus-6", { thinking: "adaptive", rejectsSampling: true, forcedTools: false }],
  ["claude-fable-5-1", { rejectsSampling: true, thinkingFloor: "low-effort" }],
  ["claude-mythos-preview", { thinking: "adaptive", structuredOutput: true }],
  ["my-deployment", { thinking: "budget", structuredOutput: false, rejectsSampling: false }],
] as const) {
  test(`the traits of ${name}`, () => {
    expect(claudeTraits(name)).toMatchObject(traits);
  });
}
