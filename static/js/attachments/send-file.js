/** One file to the server, with its way there told in percent. */
import { ApiError, csrfToken } from "../api.js";
import { t } from "../words.js";

const PASSING = new Set([0, 502, 503, 504, 507]);

/** {done, stop}: `done` gives the file as the server has it, or an ApiError that says whether a retry may help. */
export function sendFile(file, conversation, onpercent) {
  const body = new FormData();
  if (conversation) body.set("conversation", conversation);
  body.set("file", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", "/api/attachments/add");
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ loaded, total }) => onpercent(Math.floor((loaded / total) * 100)));
  const done = new Promise((resolve, reject) => {
    request.addEventListener("loadend", () => (request.status === 201 ? resolve(request.response) : reject(failure(request))));
  });
  request.send(body);
  return { done, stop: () => request.abort() };
}

function failure({ status, response }) {
  const words = status === 0 ? t("The server cannot be reached. Check your connection and try again.") : t("The file could not be taken. Try again.");
  const error = new ApiError(response?.error?.code ?? `http_${status}`, response?.error?.text ?? words);
  return Object.assign(error, { retryable: PASSING.has(status) || !response?.error });
}
