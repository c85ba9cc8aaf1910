/** The most that the service takes at once, in Unicode code points; so many UTF-16 units are never more. */
const MAX_LENGTH = 10_000;
/** So that what stands across a border is seen whole: entries of blocklists have 128 characters at most. */
const OVERLAP = 500;

/**
 * A text in pieces that the service takes, each beginning before the one before it ends. They are
 * counted from the beginning: a conversation that goes on has the same pieces, and one or two more.
 */
export function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let start = 0; ; start += MAX_LENGTH - OVERLAP) {
    const end = start + MAX_LENGTH;
    pieces.push(text.slice(borderAt(text, start), borderAt(text, end)));
    if (end >= text.length) return pieces;
  }
}

/** Not within a pair of surrogates. */
function borderAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return at > 0 && unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
