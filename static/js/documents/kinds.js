/** Kinds of files as people tell them apart; the names are those of ingestion/listing.py. */
const ENDINGS = {
  pdf: ["pdf"],
  text: ["docx", "doc", "odt", "rtf", "txt", "md", "markdown"],
  sheet: ["xlsx", "xls", "xlsm", "ods", "csv", "tsv"],
  slides: ["pptx", "ppt", "odp"],
  web: ["html", "htm", "xhtml", "xml", "json", "epub"],
  mail: ["eml", "msg"],
  image: ["png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp", "gif"],
  archive: ["zip"],
};

export function kindOf(file) {
  const ending = file.slice(file.lastIndexOf(".") + 1).toLowerCase();
  const name = Object.keys(ENDINGS).find((kind) => ENDINGS[kind].includes(ending)) ?? "other";
  return { name, icon: `kind-${name}` };
}
