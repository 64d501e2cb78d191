"""A scripted OpenAI-compatible server: for benchmarks, where model time must be a constant, and for tests.

    python -m benchmarks.upstream --port 0 --state FILE     # a process; FILE says where it listens
    with serving() as upstream: ...                         # a thread of this process

POST /v1/chat/completions, POST /v1/embeddings, GET /v1/models; GET /history, POST /script, POST /reset.
`script.py` says how a request chooses what happens to it.
"""

from benchmarks.upstream.script import Script, named
from benchmarks.upstream.server import Exchange, Upstream
from benchmarks.upstream.thread import serving

__all__ = ["Exchange", "Script", "Upstream", "named", "serving"]
