/** Requests about the list, tags, and what the palette jumps to. */
import { post, request } from "../api.js";

export const pinConversation = (id, pinned) => post(`/api/conversations/${id}/pin`, { pinned });
export const archiveConversation = (id, archived) => post(`/api/conversations/${id}/archive`, { archived });
export const tagConversation = (id, tags) => post(`/api/conversations/${id}/tags`, { tags });
export const saveTag = (tag) => post("/api/tags/save", tag);
export const deleteTag = (id) => post(`/api/tags/${id}/delete`);
export const jumpTargets = (query, signal) => request(`/api/palette?q=${encodeURIComponent(query)}`, { signal });

/** A page of the list: `view` is {archived, tag}, `before` the `updated` of the last one shown. */
export function listPage({ archived, tag }, before = "") {
  const query = new URLSearchParams({ ...(before && { before }), ...(archived && { archived: "1" }), ...(tag && { tag }) });
  return request(`/api/conversations/?${query}`);
}
