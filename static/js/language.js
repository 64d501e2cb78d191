/** Choosing a language in the menu loads the page anew in it. */
export function languageChoice(field) {
  field.addEventListener("change", () => field.form.requestSubmit());
}
