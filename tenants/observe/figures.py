"""Every figure that Prometheus may read, with its labels. Labels have few values: never an id, but the tenant's where
METRICS_BY_TENANT says so.

Loaded with the first figure, and so after a worker has named the folder that joins its processes
(PROMETHEUS_MULTIPROC_DIR), which is read when `prometheus_client` is imported.
"""

import os

if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # to the library an empty value is the folder it stands in
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]

FIRST_TEXT_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60)
ANSWER_BUCKETS = (0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300)
STEP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
INGESTION_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 900, 3600)

answers = Counter("colloquy_answers", "Answers that ended.", ["outcome", "code", "tenant"])
answers_running = Gauge("colloquy_answers_running", "Answers being written now.", multiprocess_mode="livesum")
first_text = Histogram(
    "colloquy_answer_first_text_seconds",
    "From the question's arrival to the first words of its answer.",
    buckets=FIRST_TEXT_BUCKETS,
)
answer_time = Histogram(
    "colloquy_answer_seconds", "From the question's arrival to the end of its answer.", ["outcome"],
    buckets=ANSWER_BUCKETS,
)  # fmt: skip
answer_step = Histogram("colloquy_answer_step_seconds", "Steps of an answer.", ["step"], buckets=STEP_BUCKETS)
tokens = Counter(
    "colloquy_tokens", "Tokens of language models, as they counted them.", ["direction", "tenant"]
)
cost = Counter("colloquy_cost", "Cost of answers, by the prices entered for the models.", ["tenant"])

ingestions = Counter(
    "colloquy_ingestions", "Attempts to make a document searchable that ended.", ["outcome", "code", "tenant"]
)
ingestion_step = Histogram(
    "colloquy_ingestion_step_seconds", "Steps of an ingestion.", ["step"], buckets=INGESTION_BUCKETS
)
step_failures = Counter("colloquy_step_failures", "Steps that ended in an error.", ["area", "step"])

store_errors = Counter("colloquy_store_errors", "Calls of the vector store that failed.", ["kind"])
store_breaker_open = Gauge(
    "colloquy_store_breaker_open",
    "1 while calls of the vector store are refused at once because it failed before.",
    multiprocess_mode="livemax",
)
sockets_open = Gauge("colloquy_sockets_open", "Sockets of signed-in people.", multiprocess_mode="livesum")

STEPS = {"answer": answer_step, "ingestion": ingestion_step}
