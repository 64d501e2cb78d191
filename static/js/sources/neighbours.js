/** The sources of one answer in the order in which they are listed under it, to step through them. */

/** {all, index, at(step)} of source `number`: the buttons, one a source, as they are now; an answer may be drawn anew. */
export function neighbours(message, number) {
  const answer = document.querySelector(`[data-message="${CSS.escape(message)}"]`);
  const buttons = [...(answer?.querySelectorAll("button[data-source]") ?? [])].filter((button) => !button.classList.contains("gone"));
  const listed = buttons.filter((button) => button.classList.contains("source"));
  const all = onePerSource(listed.length ? listed : buttons);
  const index = all.findIndex((button) => Number(button.dataset.source) === number);
  return { all, index, at: (step) => (index < 0 ? undefined : all[index + step]) };
}

function onePerSource(buttons) {
  const seen = new Set();
  return buttons.filter(({ dataset }) => !seen.has(dataset.source) && seen.add(dataset.source));
}
