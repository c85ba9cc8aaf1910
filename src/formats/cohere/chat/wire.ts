/** Cohere's second API (https://docs.cohere.com/reference/chat). */
export const FORMAT_NAME = "cohere-chat";
