/** Light, dark, high contrast or the system's choice. static/js/early.js applies it before the first paint. */
const KEY = "colloquy.theme";
const THEMES = ["light", "dark", "contrast"];

export function themeChoice(fieldset) {
  const stored = localStorage.getItem(KEY) ?? "system";
  for (const input of fieldset.querySelectorAll("input")) {
    input.checked = input.value === stored;
    input.addEventListener("change", () => choose(input.value));
  }
  addEventListener("storage", (event) => event.key === KEY && apply(event.newValue));
}

function choose(theme) {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  apply(theme);
}

function apply(theme) {
  const { dataset } = document.documentElement;
  if (THEMES.includes(theme)) dataset.theme = theme;
  else delete dataset.theme;
}
