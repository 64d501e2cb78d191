/** Figures in words for people. */
const NUMBER = new Intl.NumberFormat("en-GB");

export const number = (value) => NUMBER.format(value);

export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

export function size(bytes) {
  const units = ["bytes", "KB", "MB", "GB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${unit ? bytes.toFixed(1) : bytes} ${units[unit]}`;
}

/** "about 3 min left"; "" when nobody knows. An estimate is never told more exactly than it is. */
export function timeLeft(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "";
  if (seconds < 10) return "a few seconds left";
  if (seconds < 50) return "less than a minute left";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${Math.max(1, minutes)} min left`;
  const hours = Math.round(seconds / 3600);
  return hours < 48 ? `about ${hours} h left` : `about ${Math.round(hours / 24)} days left`;
}
