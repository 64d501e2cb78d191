"""Uploads documents as a person would and waits for the worker: how many a second, which stage how long."""

import argparse
import io
import json
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from benchmarks import corpus
from benchmarks.inside.places import benchmark_collection, benchmark_tenant, tender
from ingestion.actions import accept_upload
from ingestion.models import DocumentVersion, Status
from tenants.access import Member
from tenants.scoping import tenant_scope

PATIENCE = 600.0


def upload(files: Mapping[str, bytes], member: Member) -> list[DocumentVersion]:
    collection = benchmark_collection(benchmark_tenant())
    return [
        accept_upload(io.BytesIO(content), name=name, collection=collection, member=member).version
        for name, content in files.items()
    ]


def written(numbers: range) -> dict[str, bytes]:
    """Made before the clock starts: writing them takes longer than accepting them."""
    return {f"document-{number}.md": corpus.document(number).encode() for number in numbers}


def settled(versions: list[DocumentVersion]) -> list[DocumentVersion]:
    """Wait until none of them is waiting or being worked on."""
    deadline = time.monotonic() + PATIENCE
    keys = [version.pk for version in versions]
    unfinished = DocumentVersion.objects.filter(pk__in=keys, status__in=[Status.QUEUED, Status.PROCESSING])
    while unfinished.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{unfinished.count()} of {len(keys)} documents were not done in {PATIENCE:.0f} s."
            )
        time.sleep(0.05)
    return list(DocumentVersion.objects.filter(pk__in=keys))


def measured(count: int) -> dict[str, Any]:
    tenant = benchmark_tenant()
    member = tender(tenant)
    with tenant_scope(tenant.id):
        settled(upload(written(range(4)), member))  # warm: models loaded, tables made
        files = written(range(1000, 1000 + count))
        began = time.monotonic()
        versions = upload(files, member)
        accepted = time.monotonic() - began
        versions = settled(versions)
        taken = time.monotonic() - began
    stages: dict[str, float] = defaultdict(float)
    for version in versions:
        for stage, milliseconds in version.timings.items():
            stages[stage] += milliseconds / 1000
    return {
        "documents": count,
        "failed": sum(version.status != Status.READY for version in versions),
        "errors": sorted({version.error for version in versions if version.error}),
        "passages": sum(version.passage_count for version in versions),
        "accepted": accepted,
        "taken": taken,
        "stages": stages,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    print(json.dumps(measured(parser.parse_args().count)))


if __name__ == "__main__":
    main()
