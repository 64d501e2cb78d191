/** One file to the server, with its way there told byte by byte. */
import { ApiError, csrfToken } from "../api.js";
import { answerOf } from "./upload-answer.js";

export function sendFile(url, entry, onbytes) {
  const body = new FormData();
  if (entry.follows) body.set("document", entry.follows);
  else body.set("collection", entry.collection);
  body.set("path", entry.path);
  body.set("file", entry.file, entry.file.name);
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", freshToken());
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ loaded }) => onbytes(loaded));
  return new Promise((resolve, reject) => {
    request.addEventListener("loadend", () => {
      const answer = answerOf(request.status, request.response);
      if (answer.state) resolve(answer);
      else reject(new ApiError(answer.code, answer.text));
    });
    request.send(body);
  });
}

/** From the cookie, since signing in again in another tab has made a new one. */
function freshToken() {
  return document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? csrfToken();
}
