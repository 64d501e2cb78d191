/** Sizes and times left in words for people. */
import { locale, n, number, t } from "../words.js";

const TENTHS = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false });

export function size(bytes) {
  const units = [t("bytes"), t("KB"), t("MB"), t("GB")];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${unit ? TENTHS.format(bytes) : number(bytes)} ${units[unit]}`;
}

/** "about 3 min left"; "" when nobody knows. An estimate is never told more exactly than it is. */
export function timeLeft(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "";
  if (seconds < 10) return t("a few seconds left");
  if (seconds < 50) return t("less than a minute left");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t("about {minutes} min left", { minutes: Math.max(1, minutes) });
  const hours = Math.round(seconds / 3600);
  return hours < 48 ? t("about {hours} h left", { hours }) : n("about {count} day left", "about {count} days left", Math.round(hours / 24));
}
