/** Which day a question is about: today, or an earlier one, which stays in sight until it is cleared. */
import { dayInWords } from "./dates.js";
import { disclosure } from "./disclosure.js";
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
  constructor({ today }) {
    this.today = today;
    this.button = byId("as-of-button");
    this.field = byId("as-of-day");
    this.chip = byId("as-of-chip");
    this.field.max = today;
    this.field.addEventListener("change", () => this.#changed());
    byId("as-of-today").addEventListener("click", () => this.#close(null));
    byId("as-of-done").addEventListener("click", () => this.field.reportValidity() && this.#close(this.#day));
    byId("as-of-clear").addEventListener("click", () => this.#close(null));
    disclosure(this.button);
  }

  /** ISO, or null for today. */
  get day() {
    return this.#day;
  }

  set day(day) {
    this.#day = day ?? null;
    this.field.value = this.#day ?? "";
    this.field.setCustomValidity("");
    byId("as-of-words").textContent = this.#day ? t("Another day") : t("As of today");
    byId("as-of-chip-words").textContent = this.#day ? t("As of {day}", { day: dayInWords(this.#day) }) : "";
    this.chip.hidden = !this.#day;
  }

  #changed() {
    const day = chosenDay(this.field.value, this.today);
    if (day === undefined) {
      this.field.setCustomValidity(t("This day has not come yet. Choose today or an earlier day."));
      this.field.reportValidity();
      return;
    }
    this.day = day;
  }

  #close(day) {
    this.day = day;
    byId("as-of-panel").hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.button.focus();
  }
}
