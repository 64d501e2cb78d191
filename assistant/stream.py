"""Completion deltas from any OpenAI-compatible endpoint; the only user of the chat API. Closes what it opens.

The SDK sends the request, keeps the key and names the errors. Its object for each token would cost more than
everything else that we do with the token, so the lines of the stream are read here. For the same reason messages
go in by `extra_body`: it looks at each key of each message before it sends them (half of a request's time).
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai
from django.conf import settings
from openai import AsyncOpenAI, DefaultAioHttpClient
from openai.types.chat import ChatCompletionMessageParam

from assistant import errors
from assistant.endpoints import Endpoint

log = logging.getLogger(__name__)

COALESCE_SECONDS = 0.03
SLOWEST_COALESCE_SECONDS = 0.12
NO_LIMIT = httpx2.Limits(max_connections=0)  # as aiohttp spells it: to it, None means 100
LAST_BYTES_SECONDS = 0.1
LONGEST_ANSWER = 400_000  # characters; an endpoint that never ends is cut off here

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], AsyncOpenAI]] = (
    WeakKeyDictionary()
)
_open_streams = 0


@dataclass
class Completion:
    """What is known of a completion as it streams."""

    input_tokens: int = 0
    output_tokens: int = 0
    finish_reason: str = ""
    done: bool = False
    text_length: int = field(default=0, repr=False)


async def complete(
    endpoint: Endpoint, messages: list[ChatCompletionMessageParam], completion: Completion
) -> AsyncIterator[str]:
    """Pieces of the answer as they come, coalesced; fills `completion`. Raises an AnswerError."""
    with _streaming(), _named_errors():
        async with client_for(endpoint).chat.completions.with_streaming_response.create(
            model=endpoint.model,
            messages=[],
            extra_body={"messages": messages},
            max_tokens=endpoint.max_answer_tokens,
            temperature=openai.omit if endpoint.temperature is None else endpoint.temperature,
            stream=True,
            stream_options={"include_usage": True},
        ) as response:
            buffer = b""
            blocks = response.iter_bytes()
            async for block in blocks:
                *lines, buffer = (buffer + block).split(b"\n")
                text, problem = _read(lines, completion)
                if text:
                    yield text
                if problem:
                    raise problem
                if completion.done:
                    await _to_the_end(blocks)
                    break
                if completion.text_length > LONGEST_ANSWER:
                    raise errors.ModelRubbish("the answer does not end")
                if text:  # what carries none, such as the first event with its role, must not hold up the first word
                    await asyncio.sleep(coalesce_seconds())
            text, problem = _read([buffer], completion)
            if text:
                yield text
            if problem:
                raise problem
    if not completion.done and not completion.finish_reason:
        raise errors.ModelDied if completion.text_length else errors.ModelRubbish


async def _to_the_end(blocks: AsyncIterator[bytes]) -> None:
    """Read what ends the response, if it comes at once: only a connection read to its end serves the next question."""
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(LAST_BYTES_SECONDS):
            async for _ in blocks:
                pass


async def complete_text(
    endpoint: Endpoint,
    messages: list[ChatCompletionMessageParam],
    *,
    max_tokens: int,
    completion: Completion | None = None,
) -> str:
    """A short completion as a whole; fills `completion` with what was counted. Raises an AnswerError."""
    with _named_errors():
        async with client_for(endpoint).chat.completions.with_streaming_response.create(
            model=endpoint.model,
            messages=[],
            extra_body={"messages": messages},
            max_tokens=max_tokens,
            temperature=0,
        ) as response:
            return _content(await response.read(), completion or Completion())


def coalesce_seconds() -> float:
    """How long tokens gather before they leave together: longer the more streams share this process."""
    return min(SLOWEST_COALESCE_SECONDS, max(COALESCE_SECONDS, _open_streams * 0.001))


@contextmanager
def _streaming() -> Iterator[None]:
    global _open_streams
    _open_streams += 1
    try:
        yield
    finally:
        _open_streams -= 1


def client_for(endpoint: Endpoint) -> AsyncOpenAI:
    """One client, and so one pool of connections, per address and key on each event loop."""
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    key = (endpoint.url, endpoint.key)
    if key not in clients:
        timeout = httpx2.Timeout(settings.MODEL_TIMEOUT_SECONDS, connect=5.0)
        clients[key] = AsyncOpenAI(
            base_url=endpoint.url,
            api_key=endpoint.key or "none",
            timeout=timeout,
            max_retries=1,
            http_client=DefaultAioHttpClient(timeout=timeout, limits=NO_LIMIT, follow_redirects=False),
        )
    return clients[key]


def _read(lines: list[bytes], completion: Completion) -> tuple[str, errors.AnswerError | None]:
    """The lines' text up to the first that cannot be read, and what is wrong with that one."""
    texts: list[str] = []
    problem = None
    try:
        texts.extend(_deltas(lines, completion))
    except errors.AnswerError as error:
        problem = error
    text = "".join(texts)
    completion.text_length += len(text)
    return text, problem


def _deltas(lines: list[bytes], completion: Completion) -> Iterator[str]:
    """Texts in server-sent event lines; raises on what is not the protocol, or an error sent in mid-stream."""
    for line in lines:
        line = line.strip()
        if not line.startswith(b"data:"):
            if line and not line.startswith((b":", b"event:", b"id:", b"retry:")):
                raise errors.ModelRubbish(f"not an event stream: {line[:40]!r}")
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            completion.done = True
            return
        yield _delta(data, completion)


def _delta(data: bytes, completion: Completion) -> str:
    try:
        chunk: dict[str, Any] = json.loads(data)
        if error := chunk.get("error"):
            raise errors.ModelFailed(str(error)[:200])
        if usage := chunk.get("usage"):
            completion.input_tokens = int(usage.get("prompt_tokens") or 0)
            completion.output_tokens = int(usage.get("completion_tokens") or 0)
        choices = chunk.get("choices") or []
        if not choices:
            return ""
        completion.finish_reason = choices[0].get("finish_reason") or completion.finish_reason
        text = (choices[0].get("delta") or {}).get("content") or ""
    except (ValueError, AttributeError, TypeError, KeyError, IndexError) as error:
        raise errors.ModelRubbish(f"not a completion chunk: {data[:40]!r}") from error
    if not isinstance(text, str):
        raise errors.ModelRubbish("a delta is not text")
    return sendable(text)


def _content(body: bytes, completion: Completion) -> str:
    try:
        answer = json.loads(body)
        usage = answer.get("usage") or {}
        completion.input_tokens = int(usage.get("prompt_tokens") or 0)
        completion.output_tokens = int(usage.get("completion_tokens") or 0)
        return sendable(answer["choices"][0]["message"]["content"] or "")
    except (ValueError, AttributeError, TypeError, KeyError, IndexError) as error:
        raise errors.ModelRubbish(f"not a completion: {body[:40]!r}") from error


def sendable(text: str) -> str:
    """What is no Unicode text (a lone surrogate) could not be saved or sent; what is NUL no database holds."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


@contextmanager
def _named_errors() -> Iterator[None]:
    """Turn the SDK's and the transport's errors into ours."""
    try:
        yield
    except openai.APIStatusError as error:
        log.warning("the model endpoint answered %s", error.status_code)
        raise _status_error(error) from error
    except (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError) as error:
        raise errors.ModelTimedOut from error
    except openai.APIConnectionError as error:
        raise errors.ModelUnreachable from error
    except (httpx2.HTTPError, OSError) as error:
        raise errors.ModelDied from error
    except (openai.OpenAIError, httpx2.InvalidURL, ValueError) as error:
        raise errors.ModelRubbish(str(error)) from error


def _status_error(error: openai.APIStatusError) -> errors.AnswerError:
    match error.status_code:
        case 401 | 403:
            return errors.ModelRefused()
        case 404:
            return errors.ModelUnknown()
        case 408 | 504:
            return errors.ModelTimedOut()
        case 429:
            return errors.ModelRateLimited(retry_after=_retry_after(error))
        case 413:
            return errors.QuestionTooLong()
        case 400 if "context" in str(error).lower():
            return errors.QuestionTooLong()
    return errors.ModelFailed()


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        return min(3600.0, max(0.0, float(error.response.headers["retry-after"])))
    except (KeyError, ValueError):
        return None
