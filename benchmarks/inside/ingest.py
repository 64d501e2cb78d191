"""Uploads documents as a person would and waits for the worker: how many a second, which stage how long."""

import argparse
import io
import json
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.inside.kinds import KINDS, files
from benchmarks.inside.places import benchmark_collection, benchmark_tenant, tender
from ingestion import local_model
from ingestion.actions import accept_upload
from ingestion.models import DocumentVersion, Status
from tenants.access import Member
from tenants.scoping import tenant_scope

PATIENCE = 3_600.0


def upload(files: Mapping[str, bytes], member: Member) -> list[DocumentVersion]:
    collection = benchmark_collection(benchmark_tenant())
    return [
        accept_upload(io.BytesIO(content), name=name, collection=collection, member=member).version
        for name, content in files.items()
    ]


def settled(versions: list[DocumentVersion]) -> list[DocumentVersion]:
    """Wait until none of them is waiting or being worked on."""
    deadline = time.monotonic() + PATIENCE
    keys = [version.pk for version in versions]
    # Of the whole organisation: to name thousands four times a second took a tenth of a processor.
    unfinished = DocumentVersion.objects.filter(status__in=[Status.QUEUED, Status.PROCESSING])
    while unfinished.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{unfinished.count()} of {len(keys)} documents were not done in {PATIENCE:.0f} s."
            )
        time.sleep(0.25)
    return list(DocumentVersion.objects.filter(pk__in=keys))


def busy() -> float:
    """Seconds that the local model has been computing; 0 where another is used."""
    address = local_model.running_server()
    if address is None:
        return 0.0
    url, token = address
    request = Request(url.removesuffix("/v1") + "/metrics", headers={"Authorization": f"Bearer {token}"})
    with urlopen(request, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("colloquy_local_embedding_busy"))


def measured(kind: str, count: int) -> dict[str, Any]:
    tenant = benchmark_tenant()
    member = tender(tenant)
    with tenant_scope(tenant.id):
        settled(
            upload(dict(files("markdown", range(12))), member)
        )  # warm: every worker has loaded its models
        # Made before the clock starts: writing them takes longer than accepting them.
        made = dict(files(kind, range(1000, 1000 + count)))
        worked, began = busy(), time.monotonic()
        versions = upload(made, member)
        accepted = time.monotonic() - began
        versions = settled(versions)
        taken = time.monotonic() - began
        worked = busy() - worked
    stages: dict[str, float] = defaultdict(float)
    for version in versions:
        for stage, milliseconds in version.timings.items():
            stages[stage] += milliseconds / 1000
    return {
        "documents": count,
        "failed": sum(version.status != Status.READY for version in versions),
        "errors": sorted({version.error for version in versions if version.error}),
        "pages": sum(version.pages or 1 for version in versions),
        "passages": sum(version.passage_count for version in versions),
        "accepted": accepted,
        "taken": taken,
        "busy": worked / taken,
        "stages": stages,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    print(json.dumps(measured(arguments.kind, arguments.count)))


if __name__ == "__main__":
    main()
