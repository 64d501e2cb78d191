/** Which day a question is about: today, or an earlier one, which stays in sight until it is cleared. */
import { byId } from "./dom.js";
import { t } from "./words.js";

/** The day that a date field gives, null when it means today; undefined for one that cannot be asked about. */
export function chosenDay(value, today) {
  if (!value || value === today) return null;
  return value < today ? value : undefined;
}

export class AsOf {
  #day = null;

  /** `today` is the server's, as 2026-03-01. */
  constructor({ today, onchange }) {
    this.today = today;
    this.onchange = onchange;
    this.field = byId("as-of-day");
    this.field.max = today;
    this.field.addEventListener("change", () => this.#changed());
  }

  /** ISO, or null for today. */
  get day() {
    return this.#day;
  }

  set day(day) {
    this.#day = day ?? null;
    this.field.value = this.#day ?? "";
    this.field.setCustomValidity("");
  }

  #changed() {
    const day = chosenDay(this.field.value, this.today);
    if (day === undefined) {
      this.field.setCustomValidity(t("This day has not come yet. Choose today or an earlier day."));
      this.field.reportValidity();
      return;
    }
    this.day = day;
    this.onchange();
  }
}
