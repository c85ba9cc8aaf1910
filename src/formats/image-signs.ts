/** The first characters of an image in base64: its magic bytes. */
const SIGNS = [
  ["iVBORw", "png"],
  ["/9j/", "jpeg"],
  ["R0lGOD", "gif"],
  ["UklGR", "webp"],
] as const;

export type SignedImage = (typeof SIGNS)[number][1];

/** The format that the data itself tells; undefined for any other. */
export function imageFormatOfData(base64: string): SignedImage | undefined {
  return SIGNS.find(([sign]) => base64.startsWith(sign))?.[1];
}
