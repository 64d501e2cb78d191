/**
 * The interface's texts in the reader's language. English stands in the source and is what is shown where a
 * translation is missing. The page brings the catalog of another language as a script of ours before any module
 * runs (tenants/language/catalog.py): { texts: {english: text}, plurals: {english: {category: text}} }.
 */
const root = globalThis.document?.documentElement;
const { texts = {}, plurals = {} } = globalThis.colloquyWords ?? {};

/** For Intl. English dates are day first; digits are those of citation numbers, in Arabic too. */
export const locale = { "": "en-GB", en: "en-GB", ar: "ar-u-nu-latn" }[root?.lang ?? ""] ?? root.lang;

/** Made when it is first asked for, and once: to make what Intl offers takes milliseconds, which a page lacks when it opens. */
export function once(make) {
  let made;
  return () => (made ??= make());
}

const numbers = once(() => new Intl.NumberFormat(locale));
const categories = once(() => new Intl.PluralRules(locale));

/** A whole number as the reader writes it: 12,000 or 12.000. */
export const number = (value) => (0 <= value && value < 1000 ? String(value) : numbers().format(value));

/** `t("Asked by {name}", { name })`. The first argument is written out, so that `make messages` finds it. */
export const t = (text, values) => fill(texts[text] || text, values);

/** `n("{count} source", "{count} sources", count)`, with further values if the texts have more places. */
export function n(one, many, count, values) {
  const forms = plurals[one];
  const text = forms ? (forms[categories().select(count)] ?? forms.other) : count === 1 ? one : many;
  return fill(text, { count: number(count), ...values });
}

function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? values[name] : place)) : text;
}
