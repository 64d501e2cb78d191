import { post, request } from "../api.js";

export const listPrompts = () => request("/api/prompts/");
export const savePrompt = (prompt) => post("/api/prompts/save", prompt);
export const deletePrompt = (id) => post(`/api/prompts/${id}/delete`);
export const restorePrompt = (id) => post(`/api/prompts/${id}/restore`);
