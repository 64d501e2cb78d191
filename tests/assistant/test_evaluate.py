"""`manage.py evaluate` in a clone where nothing has run before."""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.upstream import serving

DOCUMENTS = [
    ("acme-leave", "acme", "Parental leave lasts sixteen weeks at full pay."),
    ("acme-hotels", "acme", "Hotels in Oslo may cost up to 180 euros a night."),
    ("globex-leave", "globex", "Parental leave lasts nine weeks at half pay."),
]
QUESTIONS = [
    ("q1", "acme", "parental leave weeks pay", "acme-leave"),
    ("q2", "acme", "hotels in Oslo a night", "acme-hotels"),
    ("q3", "globex", "parental leave weeks pay", "globex-leave"),
]


def lines(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def evaluated(folder: Path, var: Path, url: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "VAR_DIR": str(var),
        "EMBEDDING_URL": url,
        "EMBEDDING_MODEL": "instant",
        "EMBEDDING_KEY": "key",
        "EMBEDDING_DIMENSION": "384",
    }
    return subprocess.run(
        [sys.executable, "manage.py", "evaluate", str(folder), "--json"],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_judged_set_is_indexed_searched_and_measured_by_tenant(tmp_path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    lines(
        folder / "corpus.jsonl",
        [{"_id": key, "tenant": tenant, "title": key, "text": text} for key, tenant, text in DOCUMENTS],
    )
    lines(
        folder / "queries.jsonl",
        [{"_id": key, "tenant": tenant, "text": text} for key, tenant, text, _ in QUESTIONS],
    )
    judged = "".join(f"{key}\t{document}\t1\n" for key, _, _, document in QUESTIONS)
    (folder / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}")
    with serving() as upstream:
        done = evaluated(folder, tmp_path / "var", upstream.url)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["documents"], result["failed"], result["leaks"]) == (3, 0, 0)
    assert {mode: measures["ndcg_10"] for mode, measures in result["measures"].items()} == {
        "keyword": 1.0,
        "vector": 1.0,
        "hybrid": 1.0,
    }


def test_a_folder_that_is_no_judged_set_is_refused_in_a_sentence(tmp_path) -> None:
    done = evaluated(tmp_path, tmp_path / "var", "http://127.0.0.1:1/v1")
    assert done.returncode == 1
    assert "corpus.jsonl" in done.stderr
    assert "Traceback" not in done.stderr
