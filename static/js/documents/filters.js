/** What the list shows, kept in the address: the back button and a shared link lead to the same list. */
export const NAMES = ["collection", "state", "kind", "folder", "tag", "text", "order"];

export function filtersOf(search) {
  const query = new URLSearchParams(search);
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
}

/** "?state=failed", or "" when nothing is asked for. */
export function searchOf(filters, more = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, ...more })) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** Another collection has other folders and tags. */
export function changed(filters, change) {
  const leaving = "collection" in change && change.collection !== filters.collection;
  return { ...filters, ...(leaving ? { folder: "", tag: "" } : {}), ...change };
}

export const isNarrowed = (filters) => NAMES.some((name) => name !== "order" && name !== "collection" && filters[name]);
