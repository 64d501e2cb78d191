"""The upstream as a process: `python -m benchmarks.upstream --port 0 --state FILE`."""

import argparse
import contextlib
import gc
import json
import os
from pathlib import Path

import uvloop

from benchmarks.upstream.server import Upstream


async def serve(arguments: argparse.Namespace) -> None:
    upstream = Upstream(dimension=arguments.dimension, remember=arguments.remember)
    server = await upstream.listen(port=arguments.port)
    state = json.dumps({"url": upstream.url, "pid": os.getpid()})
    if arguments.state is not None:
        partial = arguments.state.with_suffix(".partial")
        partial.write_text(state)
        partial.rename(arguments.state)  # whoever waits for the file never reads half of it
    print(state, flush=True)
    gc.freeze()
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.upstream", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, help="written once it listens: its address and process id")
    parser.add_argument("--dimension", type=int, default=384, help="of embeddings, unless a request says")
    parser.add_argument("--remember", type=int, default=1000, help="requests kept for GET /history")
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
