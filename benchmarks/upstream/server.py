"""The upstream itself: routes, the queue of scripts, and the history that tests read."""

import asyncio
import json
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.upstream.answers import Events, last_user_message, pieces_of, restated
from benchmarks.upstream.embeddings import response
from benchmarks.upstream.http import Connection, Request
from benchmarks.upstream.script import NAMES, Script, choose, from_mapping
from benchmarks.upstream.stream import AnswerStream

REASONS = {
    401: ("Incorrect API key provided.", "invalid_api_key"),
    404: ("The model does not exist or you do not have access to it.", "model_not_found"),
    429: ("Rate limit reached.", "rate_limit_exceeded"),
}


@dataclass(slots=True)
class Exchange:
    """One request and what became of it: waiting | finished | refused | closed | the name of a fault.

    `client` is the port that it came from: requests of one kept-alive connection share it.
    """

    path: str
    authorization: str
    body: dict[str, Any]
    outcome: str = "waiting"
    sent: int = 0
    client: int = 0

    @property
    def prompt(self) -> str:
        return last_user_message(self.body.get("messages", []))


@dataclass(slots=True)
class Upstream:
    dimension: int = 384
    remember: int = 1000
    url: str = ""
    history: deque[Exchange] = field(default_factory=deque)
    scripts: dict[str, deque[Script]] = field(
        default_factory=lambda: {kind: deque() for kind in ("chat", "whole", "embeddings")}
    )
    served: int = 0

    def __post_init__(self) -> None:
        self.history = deque(maxlen=self.remember)

    @property
    def chats(self) -> list[Exchange]:
        return [exchange for exchange in self.history if exchange.path == "/v1/chat/completions"]

    @property
    def embeddings(self) -> list[Exchange]:
        return [exchange for exchange in self.history if exchange.path == "/v1/embeddings"]

    def enqueue(self, *scripts: Script, kind: str = "chat") -> None:
        """What happens to the next requests of this kind, one each, before names count again."""
        self.scripts[kind].extend(scripts)

    def reset(self) -> None:
        self.history.clear()
        for queue in self.scripts.values():
            queue.clear()

    async def listen(self, *, host: str = "127.0.0.1", port: int = 0) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self.handle), host, port, backlog=2048)
        self.url = f"http://{host}:{server.sockets[0].getsockname()[1]}/v1"
        return server

    def handle(self, request: Request, connection: Connection) -> None:
        try:
            self._route(request, connection)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            connection.reply_json(refusal(400, f"{type(error).__name__}: {error}"), status=400)

    def _route(self, request: Request, connection: Connection) -> None:
        match request.method, request.path.partition("?")[0]:
            case "POST", "/v1/chat/completions":
                self._chat(request, connection)
            case "POST", "/v1/embeddings":
                self._embed(request, connection)
            case "GET", "/v1/models":
                models = [
                    {"id": name, "object": "model", "created": 0, "owned_by": "script"} for name in NAMES
                ]
                connection.reply_json({"object": "list", "data": models})
            case "GET", "/history":
                connection.reply_json([asdict(exchange) for exchange in self.history])
            case "POST", "/script":
                self._enqueue_json(json.loads(request.body))
                connection.reply_json({})
            case "POST", "/reset":
                self.reset()
                connection.reply_json({})
            case _:
                connection.reply_json(refusal(404, f"Nothing is at {request.path}."), status=404)

    def _enqueue_json(self, given: Any) -> None:
        for values in given if isinstance(given, list) else [given]:
            kind = values.pop("for", "chat")
            self.enqueue(from_mapping(values), kind=kind)

    def _begin(self, request: Request, connection: Connection, kind: str) -> tuple[Exchange, Script]:
        body = json.loads(request.body)
        authorization = request.headers.get("authorization", "")
        exchange = Exchange(request.path, authorization, body, client=connection.client)
        self.history.append(exchange)
        self.served += 1
        queue = self.scripts["whole" if kind == "chat" and not body.get("stream") else kind]
        return exchange, queue.popleft() if queue else choose(str(body.get("model", "")), exchange.prompt)

    def _chat(self, request: Request, connection: Connection) -> None:
        exchange, script = self._begin(request, connection, "chat")
        if self._refused(exchange, script, connection):
            return
        messages = exchange.body["messages"]
        pieces = pieces_of(script, messages)
        model, identifier = str(exchange.body.get("model", "")), f"chatcmpl-{self.served:08x}"
        if not exchange.body.get("stream"):
            whole = Whole(connection, exchange, script, pieces)
            asyncio.get_running_loop().call_later(script.first, whole.reply, identifier)
            return

        def finished(outcome: str, sent: int) -> None:
            exchange.outcome, exchange.sent = outcome, sent

        asked = bool((exchange.body.get("stream_options") or {}).get("include_usage"))
        wanted = script.usage == "always" or (asked and script.usage == "asked")
        AnswerStream(
            connection,
            script,
            events=Events(identifier=identifier, model=model),
            pieces=pieces,
            usage=usage_of(exchange, 0) if wanted else None,
            finished=finished,
        ).start()

    def _embed(self, request: Request, connection: Connection) -> None:
        exchange, script = self._begin(request, connection, "embeddings")
        if self._refused(exchange, script, connection):
            return
        exchange.outcome = "finished"
        answer = response(exchange.body, script, default_dimension=self.dimension)
        asyncio.get_running_loop().call_later(script.first, connection.reply_json, answer)

    def _refused(self, exchange: Exchange, script: Script, connection: Connection) -> bool:
        """Deal with the scripts that never come to an answer."""
        if script.status != 200:
            exchange.outcome = "refused"
            head = f"retry-after: {script.retry_after:g}\r\n" if script.retry_after else ""
            message, code = REASONS.get(script.status, ("The server had an error.", "server_error"))
            connection.reply_json(refusal(script.status, message, code), status=script.status, head=head)
        elif script.fault == "timeout":
            exchange.outcome = "timeout"  # and nothing more, ever
            connection.on_closed = lambda: setattr(exchange, "outcome", "closed")
        elif script.fault == "html":
            exchange.outcome = "html"
            connection.reply(b"<html><body><h1>It works!</h1></body></html>", kind="text/html")
        else:
            return False
        return True


@dataclass(slots=True)
class Whole:
    """The reply to a request that did not ask for a stream. Stamped tokens would be no use there."""

    connection: Connection
    exchange: Exchange
    script: Script
    pieces: tuple[str, ...] | None

    def reply(self, identifier: str) -> None:
        said = restated(self.exchange.prompt) if self.script.tokens else ""
        pieces = (said,) if self.pieces is None else self.pieces
        self.exchange.outcome, self.exchange.sent = "finished", len(pieces)
        message = {"role": "assistant", "content": "".join(pieces)}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.script.finish}
        self.connection.reply_json(
            {
                "id": identifier,
                "object": "chat.completion",
                "created": 0,
                "model": str(self.exchange.body.get("model", "")),
                "choices": [choice],
                "usage": usage_of(self.exchange, len(pieces)),
            }
        )


def usage_of(exchange: Exchange, sent: int) -> dict[str, int]:
    prompt = len(exchange.prompt) // 4
    return {"prompt_tokens": prompt, "completion_tokens": sent, "total_tokens": prompt + sent}


def refusal(status: int, message: str, code: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": code, "param": None, "code": code, "status": status}}
