/** Ollama's chat (https://docs.ollama.com/api/chat). */
export const FORMAT_NAME = "ollama-chat";
