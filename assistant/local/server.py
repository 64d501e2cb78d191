"""The local embedding model behind an OpenAI-compatible address: POST /v1/embeddings, GET /v1/models.

GET /healthz says that it is there, GET /metrics how busy it was.
"""

import base64
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from assistant.local.model import DIMENSION, NAME, Vector
from assistant.local.queue import Embedder

log = logging.getLogger(__name__)

MOST_TEXTS = 2048
MOST_BYTES = 64 * 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(ValueError):
    """A request that cannot be answered; says why in a sentence."""

    def __init__(self, sentence: str, *, status: int = 400, code: str | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code


def application(embedder: Embedder, token: str) -> web.Application:
    async def embeddings(request: web.Request) -> web.Response:
        texts, spell = read_request(await request.read())
        vectors, pieces = await embedder.embed(texts)
        data = [{"object": "embedding", "index": n, "embedding": spell(v)} for n, v in enumerate(vectors)]
        usage = {"prompt_tokens": pieces, "total_tokens": pieces}
        return web.json_response({"object": "list", "model": NAME, "data": data, "usage": usage})

    async def models(request: web.Request) -> web.Response:
        model = {"id": NAME, "object": "model", "created": 0, "owned_by": "local"}
        return web.json_response({"object": "list", "data": [model]})

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def metrics(request: web.Request) -> web.Response:
        """As Prometheus reads it: a busy share near 1 says that the model is what an import waits for."""
        lines = [
            "# TYPE colloquy_local_embedding_busy_seconds_total counter",
            f"colloquy_local_embedding_busy_seconds_total {embedder.busy_seconds:.6f}",
            "# TYPE colloquy_local_embedding_texts_total counter",
            f"colloquy_local_embedding_texts_total {embedder.texts}",
        ]
        return web.Response(text="\n".join([*lines, ""]))

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if request.path != "/healthz" and not hmac.compare_digest(
            given.encode("utf-8", "replace"), f"Bearer {token}".encode()
        ):
            return error_response(401, "The bearer token is missing or wrong.", code="invalid_api_key")
        return await handler(request)

    app = web.Application(middlewares=[errors, guard], client_max_size=MOST_BYTES)
    app.add_routes(
        [
            web.post("/v1/embeddings", embeddings),
            web.get("/v1/models", models),
            web.get("/healthz", healthz),
            web.get("/metrics", metrics),
        ]
    )
    return app


def read_request(body: bytes) -> tuple[list[str], Callable[[Vector], Any]]:
    """The texts of a request and how their vectors are to be written. Raises Refused."""
    try:
        asked = json.loads(body)
    except ValueError:
        raise Refused("The body is not JSON.") from None
    if not isinstance(asked, dict):
        raise Refused("The body must be a JSON object.")
    if asked.get("model", NAME) != NAME:
        raise Refused(f"Only the model {NAME} is served here.", status=404, code="model_not_found")
    if asked.get("dimensions", DIMENSION) != DIMENSION:
        raise Refused(f"`dimensions` can only be {DIMENSION}.")
    spellings = {"float": vector_to_list, "base64": vector_to_base64}
    spell = spellings.get(str(asked.get("encoding_format", "float")))
    if spell is None:
        raise Refused("`encoding_format` must be float or base64.")
    return _texts(asked.get("input")), spell


def _texts(given: Any) -> list[str]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise Refused("`input` must be a text or a list of texts.")
    if len(texts) > MOST_TEXTS:
        raise Refused(f"`input` may hold {MOST_TEXTS} texts at most.")
    # JSON can spell half of a surrogate pair, which is no text: it becomes a question mark.
    return [text.encode("utf-8", "replace").decode() for text in texts]


def vector_to_list(vector: Vector) -> list[float]:
    numbers: list[float] = vector.tolist()
    return numbers


def vector_to_base64(vector: Vector) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal and failure in OpenAI's shape."""
    try:
        return await handler(request)
    except Refused as refused:
        return error_response(refused.status, str(refused), code=refused.code)
    except web.HTTPException as error:
        return error_response(error.status, error.reason)
    except Exception:
        log.exception("the local embedding model failed")
        return error_response(500, "The local embedding model failed; its log says why.")


def error_response(status: int, message: str, *, code: str | None = None) -> web.Response:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return web.json_response(
        {"error": {"message": message, "type": kind, "param": None, "code": code}}, status=status
    )
