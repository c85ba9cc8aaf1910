/** In the order they take their turns in a round. */
export const subjectNames = [
  "nginx",
  "bare-bun",
  "before",
  "dragoman",
  "before-balanced",
  "dragoman-balanced",
  "before-prompts",
  "dragoman-prompts",
  "dragoman-cached",
  "dragoman-cached-by-meaning",
  "dragoman-limited",
  "portkey",
] as const;

export type SubjectName = (typeof subjectNames)[number];

/** What sends on bytes as they came, whatever the upstream speaks. */
export const passThroughSubjects: ReadonlySet<string> = new Set<SubjectName>(["nginx", "bare-bun"]);
