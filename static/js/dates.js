/** Moments in the reader's words. `now` can be given for tests. */
import { locale, once, t } from "./words.js";

const DAY = 86_400_000;
const UNITS = [
  ["year", 365 * DAY],
  ["month", 30 * DAY],
  ["week", 7 * DAY],
  ["day", DAY],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

const ago = once(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
const moment = once(() => new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" }));
const day = once(() => new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }));

/** "just now", "5 minutes ago", "yesterday", "3 weeks ago". */
export function relative(iso, now = new Date()) {
  const passed = now - new Date(iso);
  for (const [unit, length] of UNITS) {
    if (passed >= length) return ago().format(-Math.floor(passed / length), unit);
  }
  return t("just now");
}

/** "1 March 2026" of 2026-03-01, wherever the reader is. */
export const dayInWords = (iso) => day().format(new Date(`${iso}T00:00:00Z`));

export const fullDate = (iso) => moment().format(new Date(iso));
