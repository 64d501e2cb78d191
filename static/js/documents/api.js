/** The requests of the documents page. */
import { post, request } from "../api.js";
import { searchOf } from "./filters.js";

const BASE = "/documents/api/";

export const UPLOAD = `${BASE}upload`;
export const list = (filters, after, signal) => request(BASE + searchOf(filters, { after }), { signal });
export const progress = (ids) => request(`${BASE}progress?ids=${ids.join(",")}`);
export const summary = (collection) => request(`${BASE}summary${searchOf({ collection })}`);
export const choices = (collection) => request(`${BASE}choices${searchOf({ collection })}`);
export const details = (id, signal) => request(`${BASE}${id}/`, { signal });
export const text = (id, version, from) => request(`${BASE}${id}/text?version=${version}&from=${from}`);
export const passages = (id, version, from) => request(`${BASE}${id}/passages?version=${version}&from=${from}`);
export const rename = (id, title) => post(`${BASE}${id}/title`, { title });
export const givePassword = (id, password) => post(`${BASE}${id}/password`, { password });

const AT_ONCE = 500;

/** In portions, so that no request is too large; what came of all of them together. */
export async function act(action, documents, more = {}) {
  const all = { done: [], refused: [], items: [] };
  for (let i = 0; i < documents.length; i += AT_ONCE) {
    const answer = await post(`${BASE}act`, { action, documents: documents.slice(i, i + AT_ONCE), ...more });
    for (const key of Object.keys(all)) all[key].push(...answer[key]);
  }
  return all;
}
