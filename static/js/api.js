/** Requests to our own server. Every error comes as an ApiError with a sentence for people. */
import { t } from "./words.js";

export class ApiError extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

let onSignedOut = () => {};
export const whenSignedOut = (handler) => (onSignedOut = handler);

export const getConversation = (id, signal) => request(`/api/conversations/${id}/`, { signal });
export const listConversations = (before) => request(`/api/conversations/?before=${encodeURIComponent(before)}`);
export const renameConversation = (id, title) => post(`/api/conversations/${id}/rename`, { title });
export const deleteConversation = (id) => post(`/api/conversations/${id}/delete`);
export const restoreConversation = (id) => post(`/api/conversations/${id}/restore`);
export const searchConversations = (query, signal) => request(`/api/conversations/search?q=${encodeURIComponent(query)}`, { signal });
export const getShare = (id) => request(`/api/conversations/${id}/share`);
export const saveShare = (id, audience) => post(`/api/conversations/${id}/share/save`, audience);
export const updateShare = (id) => post(`/api/conversations/${id}/share/update`);
export const withdrawShare = (id) => post(`/api/conversations/${id}/share/withdraw`);
/** Show the path through a message, on every device; gives the conversation as it then is. */
export const chooseBranch = (message) => post(`/api/messages/${message}/choose`);
export const getAnswers = (message) => request(`/api/messages/${message}/answers`);
export const getChoices = () => request("/api/choices/");
/** With `around` passages of the document before and after it. */
export const getSource = (message, number, signal, around = 1) => request(`/api/messages/${message}/sources/${number}/?around=${around}`, { signal });

/** Of documents, beside what an answer cites: {items: [{number, pictures}], pending}. */
export const getPictures = (message) => request(`/api/messages/${message}/pictures/`);

export const getAttachments = async (ids) => (await request(`/api/attachments/?ids=${ids.join(",")}`)).items;
export const getWaitingAttachments = async (conversation) => (await request(`/api/attachments/?conversation=${conversation}`)).items;

/** A page opened on a conversation comes without opening questions; the page of a new chat has them. */
export async function getSuggestions(home) {
  const response = await fetch(home);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return JSON.parse(page.getElementById("chat-data").textContent).suggestions;
}

/** Unknown counts as yes: only a clear answer of the server ends a session. */
export async function stillSignedIn() {
  try {
    await listConversations(new Date(0).toISOString());
    return true;
  } catch (error) {
    return error.code !== "signed_out";
  }
}

export function post(path, body = {}) {
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
  });
}

/** From the sign-out form, which every page of a member has. */
export const csrfToken = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

export async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch (error) {
    throw error.name === "AbortError" ? error : new ApiError("unreachable", t("The server cannot be reached. Check your connection and try again."));
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  throw failure(response, body);
}

function failure(response, body) {
  const { code, text } = body?.error ?? {};
  if (response.status === 401 || code === "signed_out") {
    onSignedOut();
    return new ApiError("signed_out", t("You are signed out. Sign in again."));
  }
  return new ApiError(code ?? `http_${response.status}`, text ?? t("Something went wrong on our side. Try again."));
}
