/** Pictures of a document beside what is cited from it: small ones in a row, each opened larger. */
import { h } from "../dom.js";
import { n, t } from "../words.js";

const SHOWN = 6;

/** Of all sources that an answer cites, each picture once. Hidden without any. */
export function answerPictures(answer, { watch = false } = {}) {
  const strip = row(t("Pictures from the sources"));
  fill(strip, picturesOf(answer), { numbered: true });
  if (watch && answer.id && isWaiting(answer)) waitFor(answer, () => fill(strip, picturesOf(answer), { numbered: true }));
  return strip;
}

/** Of one source. */
export function sourcePictures({ title, pictures = [] }) {
  if (!pictures.length) return null;
  const strip = row(t("Pictures beside this passage"));
  fill(strip, pictures.map((picture) => ({ ...picture, title })));
  return strip;
}

/** "Picture on page 12 of Handbook" */
export function pictureName({ page, unit, title }) {
  if (!page) return t("Picture in {title}", { title });
  return unit === "slide" ? t("Picture on slide {page} of {title}", { page, title }) : t("Picture on page {page} of {title}", { page, title });
}

const cited = (answer) => [...answer.citations.values()].sort((a, b) => a.marker - b.marker);

function picturesOf(answer) {
  const found = new Map();
  for (const { marker, title, pictures, available } of cited(answer)) {
    if (available === false) continue;
    for (const picture of pictures ?? []) if (!found.has(picture.url)) found.set(picture.url, { ...picture, title, number: marker });
  }
  return [...found.values()];
}

/** Known to the server, but not taken out of the document yet; nothing is known of what came while the answer was written. */
const isWaiting = (answer) => cited(answer).some(({ pictures, available, verified }) => !pictures && available !== false && !verified);

async function waitFor(answer, refill) {
  const { watchPictures } = await import("./picture-watch.js");
  watchPictures(answer, refill);
}

const row = (label) => h("div", { class: "pictures", role: "group", "aria-label": label, hidden: true });

function fill(strip, pictures, { numbered = false } = {}) {
  const shown = pictures.slice(0, pictures.length > SHOWN ? SHOWN - 1 : SHOWN);
  const more = pictures.length - shown.length;
  strip.replaceChildren(
    ...shown.map((picture, index) => thumb(picture, numbered, ({ currentTarget }) => open(pictures, index, currentTarget))),
    ...(more ? [moreButton(more, ({ currentTarget }) => open(pictures, shown.length, currentTarget))] : []),
  );
  strip.hidden = !pictures.length;
}

function thumb(picture, numbered, onclick) {
  const { small, width, height, words, number } = picture;
  const name = words ? `${pictureName(picture)}: ${words}` : pictureName(picture);
  const image = h("img", { src: small, alt: name, width, height, loading: "lazy", decoding: "async" });
  const button = h("button", { type: "button", class: "picture", "data-picture": picture.url, title: name, "aria-haspopup": "dialog", onclick }, image);
  if (numbered) button.append(h("span", { class: "source-number", "aria-hidden": "true" }, String(number)));
  image.addEventListener("error", () => {
    const strip = button.parentElement;
    button.remove(); // deleted meanwhile, or not theirs to read any more
    if (strip && !strip.childElementCount) strip.hidden = true;
  });
  return button;
}

function moreButton(count, onclick) {
  const name = n("{count} more picture", "{count} more pictures", count);
  return h("button", { type: "button", class: "picture picture-more", "aria-label": name, title: name, "aria-haspopup": "dialog", onclick }, `+${count}`);
}

async function open(pictures, index, opener) {
  const { openPictures } = await import("./picture-dialog.js");
  openPictures(pictures, index, opener);
}
