"""Does a language model answer? One tiny request, and in plain words what is wrong."""

import asyncio
import json
import logging
from http import HTTPStatus

import httpx2
import openai
from asgiref.sync import async_to_sync
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from assistant.models import ModelEndpoint
from tenants.crypto import Undecryptable

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 15.0
# Whatever has not become an event by then is not read to its end.
LONGEST_REPLY = 256 * 1024

REFUSALS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "The address answers but rejected the request. Check the model's name.",
    HTTPStatus.UNAUTHORIZED: "The key was refused. Enter it again; it may be mistyped, expired or revoked.",
    HTTPStatus.FORBIDDEN: "The key was accepted but may not use this model. Check its rights at the provider.",
    HTTPStatus.NOT_FOUND: (
        "Nothing of that name is there: either the model's name or the address is wrong. "
        "Addresses usually end in /v1."
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: "The address is no chat model's. Addresses usually end in /v1.",
    HTTPStatus.TOO_MANY_REQUESTS: "The model is busy or your quota is used up. Wait a moment, then test again.",
}


def probe(endpoint: ModelEndpoint) -> str:
    """What is wrong with the endpoint, in a sentence; "" when it answers.

    Its address may be private on purpose (a model in the same network), so it is not judged. But a redirect is not
    followed, and nothing of what comes back is ever shown or logged.
    """
    try:
        key = endpoint.key
    except Undecryptable:
        return "The stored key cannot be read any more. Enter it again."
    try:
        return async_to_sync(_ask)(endpoint.url, key, endpoint.model)
    except (TimeoutError, openai.APITimeoutError):
        return (
            f"No answer within {TIMEOUT_SECONDS:.0f} seconds. Is the model running, and is the address right?"
        )
    except openai.APIStatusError as error:
        log.info("probing a model endpoint: HTTP %s", error.status_code)
        return _refusal(error.status_code)
    except openai.APIConnectionError as error:
        log.info("probing a model endpoint: %s", type(error.__cause__ or error).__name__)
        return "The address cannot be reached. Check its spelling, its port, and whether this server may connect there."
    except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError, AttributeError) as error:
        log.info("probing a model endpoint: %s", type(error).__name__)
        return "The address answers, but not like a chat model. Check it; it usually ends in /v1."


async def _ask(url: str, key: str, model: str) -> str:
    """Ask as answers are asked for, as a stream, and leave at its first sensible line."""
    http = DefaultAsyncHttpxClient(follow_redirects=False)
    client = AsyncOpenAI(base_url=url, api_key=key or "none", max_retries=0, http_client=http)
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        client,
        client.chat.completions.with_streaming_response.create(
            model=model, messages=[{"role": "user", "content": "Say yes."}], max_tokens=16, stream=True
        ) as response,
    ):
        reply = b""
        async for block in response.iter_bytes():
            reply += block
            if _is_stream(reply):
                return ""
            if len(reply) > LONGEST_REPLY:
                break
    raise ValueError("no event of a completion")


def _is_stream(reply: bytes) -> bool:
    """Whether a whole event of a streamed completion is in what has come so far. ValueError for rubbish in one."""
    *lines, _unfinished = reply.split(b"\n")
    events = (line[5:].strip() for line in lines if line.startswith(b"data:"))
    return any(event != b"[DONE]" and isinstance(json.loads(event).get("choices"), list) for event in events)


def _refusal(status: int) -> str:
    if 300 <= status < 400:
        return "The address redirects elsewhere. Enter the address where the redirect ends."
    if status >= 500:
        return f"The model's server reported a fault of its own (HTTP {status}). Try again later."
    return REFUSALS.get(status, f"The address refused the request (HTTP {status}).")
