/** The address of a library's file that is loaded when it is needed. It holds for this module and in a bundle of it alike. */
export const vendor = (path) => new URL(`../vendor/${path}`, import.meta.url).href;
