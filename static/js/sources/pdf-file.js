/** A PDF opened with pdf.js: fetched part by part, its pages' texts read when they are needed. Loaded with the viewer. */
import { t } from "../words.js";
import { ENOUGH, locate, pageOf } from "./find-passage.js";
import { getDocument, pdfjs } from "./pdfjs.js";

const CHUNK = 64 * 1024;

/** `text` is for people; `gone` when the document is no longer there for this person. */
export class PdfProblem extends Error {
  constructor(text, { gone = false } = {}) {
    super(text);
    this.forPeople = true;
    this.gone = gone;
  }
}

export class PdfFile {
  #texts = new Map(); // page number -> promise of its text content

  constructor(url) {
    this.loading = getDocument({
      url,
      rangeChunkSize: CHUNK,
      disableAutoFetch: true, // only what the page that is looked at needs
      disableStream: true,
      cMapUrl: pdfjs("cmaps/"),
      cMapPacked: true,
      standardFontDataUrl: pdfjs("fonts/"),
      wasmUrl: pdfjs("decoders/"),
      useWasm: false, // our policy has no word for it; pdf.js has decoders without
      useWorkerFetch: false,
      enableXfa: false,
      maxImageSize: 64 * 1024 * 1024,
    });
  }

  /** Raises PdfProblem. */
  async open() {
    try {
      this.document = await this.loading.promise;
    } catch (error) {
      throw problemOf(error);
    }
    return this;
  }

  get pages() {
    return this.document.numPages;
  }

  page(number) {
    return this.document.getPage(number);
  }

  text(number) {
    if (!this.#texts.has(number)) this.#texts.set(number, this.page(number).then((page) => page.getTextContent()));
    return this.#texts.get(number);
  }

  /**
   * Where a passage stands that is said to begin on page `near`: {number, ranges: Map of page -> ranges, scan}. It may go
   * on over the page's end, or stand a page beside where it was taken from. `ranges` is empty when it was not found.
   */
  async find(passage, near) {
    const numbers = [near, near + 1, near - 1].filter((number) => number >= 1 && number <= this.pages);
    const found = new Map();
    let share = 0;
    for (const number of numbers) {
      const place = locate(pageOf(strings(await this.text(number))), passage);
      if (place.share) found.set(number, place);
      share = Math.max(share, place.share);
      if (share === 1) break;
    }
    const whole = [...found].filter(([, place]) => place.share === 1).map(([number]) => number);
    const scan = strings(await this.text(numbers[0])).every((text) => !text.trim());
    if (whole.length) return { number: whole[0], ranges: new Map([[whole[0], found.get(whole[0]).ranges]]), scan: false };
    const first = found.get(near)?.share ? near : numbers.find((number) => found.has(number));
    const together = (found.get(first)?.share ?? 0) + (found.get(first + 1)?.share ?? 0);
    if (together < ENOUGH) return { number: near, ranges: new Map(), scan };
    const ranges = new Map([first, first + 1].filter((number) => found.has(number)).map((number) => [number, found.get(number).ranges]));
    return { number: first, ranges, scan: false };
  }

  close() {
    this.loading.destroy();
  }
}

/** The texts of which a page consists, in the order in which pdf.js makes an element of each. */
export const strings = ({ items }) => items.filter((item) => item.str !== undefined).map((item) => item.str);

function problemOf(error) {
  if (error.name === "PasswordException") return new PdfProblem(t("This PDF is protected with a password, so its pages cannot be shown here."));
  if (error.name === "InvalidPDFException") return new PdfProblem(t("This file is damaged, so its pages cannot be shown."));
  if (error.status === 404 || error.status === 403) return new PdfProblem(t("You can no longer open this document."), { gone: true });
  return new PdfProblem(t("The pages could not be loaded. Check your connection and try again."));
}
