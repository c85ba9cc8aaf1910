/** In the order they take their turns in a round. */
export const subjectNames = [
  "nginx",
  "bare-bun",
  "dragoman",
  "dragoman-balanced",
  "portkey",
] as const;

export type SubjectName = (typeof subjectNames)[number];
