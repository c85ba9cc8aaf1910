/** What the one model of provider `local` is called. */
export const LOCAL_MODEL = "all-minilm-l6-v2";

/** The length of its vectors where no other is asked for, and the longest. */
export const LOCAL_DIMENSIONS = 256;
