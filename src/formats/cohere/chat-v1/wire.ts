/** Cohere's first chat API (https://docs.cohere.com/v1/reference/chat). */
export const FORMAT_NAME = "cohere-chat-v1";
