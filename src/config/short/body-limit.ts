/** Of the requests that the short form serves: pictures and long conversations are in them. */
export const BODY_LIMIT_BYTES = 32 * 1024 * 1024;
