/** pdf.js itself, loaded with the viewer and never before. */
import { vendor } from "../vendor.js";

/** The address of one of its own files. */
export const pdfjs = (path) => vendor(`pdfjs/${path}`);

export const { getDocument, GlobalWorkerOptions, TextLayer } = await import(pdfjs("pdf.js"));
GlobalWorkerOptions.workerSrc = pdfjs("pdf.worker.js");
