/** The sources of one answer in the order in which they are listed under it, to step through them. */

/** {all, index, of(step)} for the element that opened source `number`: the buttons, one a source. */
export function neighbours(opener, number) {
  const message = opener.closest("[data-message]");
  const buttons = [...(message?.querySelectorAll("button[data-source]") ?? [])].filter((button) => !button.classList.contains("gone"));
  const listed = buttons.filter((button) => button.classList.contains("source"));
  const all = onePerSource(listed.length ? listed : buttons);
  const index = all.findIndex((button) => Number(button.dataset.source) === number);
  return { all, index, at: (step) => (index < 0 ? undefined : all[index + step]) };
}

function onePerSource(buttons) {
  const seen = new Set();
  return buttons.filter(({ dataset }) => !seen.has(dataset.source) && seen.add(dataset.source));
}
