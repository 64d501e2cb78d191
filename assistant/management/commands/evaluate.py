"""`manage.py evaluate FOLDER`: how good search is on a judged set."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from assistant.evaluation.judged import UnreadableSet, read_set
from assistant.evaluation.run import MODES, Result, evaluate

COLUMNS = (
    ("ndcg_10", "nDCG@10"),
    ("recall_10", "Recall@10"),
    ("recall_100", "Recall@100"),
    ("mrr_10", "MRR@10"),
)


class Command(BaseCommand):
    help = (
        "Index a judged set (a folder of corpus.jsonl, queries.jsonl and qrels.tsv) into throw-away organisations "
        "through the real pipeline, and print how well keyword, vector and hybrid search rank it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--json", action="store_true", help="print one JSON object, for machines")

    def handle(self, *args: Any, folder: Path, json: bool, **options: Any) -> None:
        try:
            judged = read_set(folder)
        except UnreadableSet as error:
            raise CommandError(str(error)) from error
        if (
            not connection.introspection.table_names()
        ):  # a fresh clone: nothing but this command has run in it
            call_command("migrate", verbosity=0)
        result = evaluate(judged, progress=self._progress)
        self.stdout.write(as_json(result) if json else as_table(result))

    def _progress(self, what: str, done: int, total: int) -> None:
        if sys.stderr.isatty() and (done % 20 == 0 or done == total):
            self.stderr.write(f"\r{what}: {done}/{total} ", ending="\n" if done == total else "")


def as_json(result: Result) -> str:
    return json.dumps(asdict(result))


def as_table(result: Result) -> str:
    lines = [f"{'':10}" + "".join(f"{title:>12}" for _, title in COLUMNS) + f"{'ms/query':>12}"]
    for mode in MODES:
        values = "".join(f"{getattr(result.measures[mode], name):12.4f}" for name, _ in COLUMNS)
        lines.append(f"{mode:10}{values}{result.milliseconds[mode]:12.2f}")
    lines.append("")
    lines.append(
        f"{result.documents} documents ({result.failed} failed), {result.passages} passages, "
        f"{result.passages_per_second} passages/s; results of another tenant: {result.leaks}"
    )
    return "\n".join(lines)
