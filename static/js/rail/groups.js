/** The headings that conversations stand under: pinned ones first, then by the reader's calendar. Pure. */
import { locale, once, t } from "../words.js";

const month = once(() => new Intl.DateTimeFormat(locale, { month: "long" }));
const monthAndYear = once(() => new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" }));

/** [[heading, items], …] of items in the order in which they are to be shown. */
export function grouped(items, now = new Date()) {
  const groups = new Map();
  for (const item of [...items].sort(newestFirst)) {
    const name = item.pinned ? t("Pinned") : heading(item.updated, now);
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return [...groups];
}

const newestFirst = (a, b) => Boolean(b.pinned) - Boolean(a.pinned) || new Date(b.updated) - new Date(a.updated);

export function heading(iso, now = new Date()) {
  const moment = new Date(iso);
  if (moment >= midnight(now, 0)) return t("Today");
  if (moment >= midnight(now, 1)) return t("Yesterday");
  if (moment >= midnight(now, 7)) return t("Previous 7 days");
  if (moment >= midnight(now, 30)) return t("Previous 30 days");
  return (moment.getFullYear() === now.getFullYear() ? month() : monthAndYear()).format(moment);
}

/** Not so many times 24 hours: the clock may have changed in a night. */
const midnight = (now, daysAgo) => new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo);
