"""deploy/kubernetes holds what Kubernetes accepts, and runs the same thing as docker-compose.yml."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.stack.compose_file import ROOT, services

FOLDER = ROOT / "deploy" / "kubernetes"
ALTERNATIVES = {"scale-by-cpu.yaml"}
TEMPLATE = "secret.example.yaml"
OF_OTHERS = {"kustomize.config.k8s.io/v1beta1", "keda.sh/v1alpha1"}
PARTS = ("web", "worker", "beat", "embedder")
COMPOSE = services()


def objects() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(FOLDER.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            yield path.name, document


OBJECTS = list(objects())


def found(kind: str, name: str) -> dict[str, Any]:
    """The object of this kind and name, of those that are applied together."""
    (only,) = [
        o
        for file, o in OBJECTS
        if o["kind"] == kind and o["metadata"]["name"] == name and file not in ALTERNATIVES
    ]
    return only


def pod(part: str) -> dict[str, Any]:
    return found("Job" if part == "prepare" else "Deployment", part)["spec"]["template"]["spec"]


def container(part: str) -> dict[str, Any]:
    (only,) = pod(part)["containers"]
    return only


def words(command: list[str]) -> list[str]:
    """`--option value` and `--option=value` alike."""
    return [part for word in command for part in (word.split("=", 1) if word.startswith("--") else [word])]


@pytest.mark.parametrize(("file", "document"), OBJECTS, ids=[f"{file}-{o['kind']}" for file, o in OBJECTS])
def test_every_object_is_what_the_published_schemas_allow(file, document):
    if document["apiVersion"] not in OF_OTHERS:
        for version in ("1.30.0", kubernetes_validate.latest_version()):
            kubernetes_validate.validate(document, version, strict=True)


def test_every_file_is_applied_or_stands_beside_as_an_alternative():
    listed = set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"])
    there = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert listed - {"secret.yaml"} == there - ALTERNATIVES - {TEMPLATE}
    assert "deploy/kubernetes/secret.yaml" in (ROOT / ".gitignore").read_text()


def test_scaled_object_points_at_the_worker_and_its_queue():
    scaled = found("ScaledObject", "worker")["spec"]
    assert scaled["scaleTargetRef"] == {"name": "worker"}
    assert 2 <= scaled["minReplicaCount"] < scaled["maxReplicaCount"]
    secret, key = found("TriggerAuthentication", "queue")["spec"]["secretTargetRef"][0].values(), "password"
    assert list(secret) == ["password", "colloquy-queue", key]
    for trigger in scaled["triggers"]:
        assert trigger["type"] == "redis"
        assert all(isinstance(value, str) for value in trigger["metadata"].values())
        assert trigger["authenticationRef"] == {"name": "queue"}
    assert [t["metadata"]["listName"] for t in scaled["triggers"]] == queues()


def queues() -> list[str]:
    from celery import Celery

    app = Celery(set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return list(app.amqp.queues)


@pytest.mark.parametrize("part", PARTS)
def test_parts_run_the_commands_of_the_compose_file(part):
    ours = container(part)
    assert words([*ours["command"], *ours["args"]]) == words(COMPOSE[part].command)


def test_preparation_does_what_the_compose_file_does():
    script = container("prepare")["args"][0]
    assert "manage.py prepare_database" in script
    assert "manage.py create_organisation" in script


def test_settings_have_the_names_of_the_compose_file():
    """Secrets may come from a file in one and from a variable in the other."""
    config = found("ConfigMap", "colloquy")["data"]
    assert {name.removesuffix("_FILE") for name in config} == {
        name.removesuffix("_FILE") for name in COMPOSE["web"].environment
    }
    assert all(isinstance(value, str) for value in config.values())
    owner = {variable["name"] for variable in container("prepare")["env"]}
    assert owner < set(COMPOSE["prepare"].environment)


def test_every_secret_that_is_read_is_in_the_template():
    config = found("ConfigMap", "colloquy")["data"]
    files = {value for name, value in config.items() if name.endswith("_FILE")}
    assert files == {f"/run/secrets/app/{key}" for key in found("Secret", "colloquy")["stringData"]}
    owner = found("Secret", "colloquy-owner")["stringData"]
    prepare = container("prepare")
    assert all(f"/run/secrets/owner/{key}" in str(prepare) for key in owner)
    assert "/run/secrets/key" in str(container("embedder")["args"])
    assert list(found("Secret", "colloquy-embedder")["stringData"]) == ["key"]


@pytest.mark.parametrize("part", [*PARTS, "prepare"])
def test_pods_may_do_as_little_as_their_containers_in_compose(part):
    security = pod(part)["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert security["runAsUser"] == 10001
    assert container(part)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod(part)["automountServiceAccountToken"] is False
    assert pod(part)["enableServiceLinks"] is False  # WEB_PORT and the like would look like settings
    assert {"requests", "limits"} == set(container(part)["resources"])
    writable = {m["mountPath"] for m in container(part)["volumeMounts"] if not m.get("readOnly")}
    assert {"/data", "/tmp"} <= writable


@pytest.mark.parametrize("part", PARTS)
def test_parts_are_probed_and_get_the_time_to_stop_that_they_have_in_compose(part):
    assert {"startupProbe", "livenessProbe"} <= set(container(part))
    assert pod(part)["terminationGracePeriodSeconds"] >= COMPOSE[part].grace
    if "exec" in container(part)["livenessProbe"]:
        assert container(part)["livenessProbe"]["exec"]["command"] == COMPOSE[part].health_check


def test_web_is_alive_by_itself_and_ready_by_its_dependencies():
    web = container("web")
    assert web["livenessProbe"]["httpGet"]["path"] == web["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"


@pytest.mark.parametrize("part", ["web", "worker", "embedder"])
def test_replaced_only_when_the_new_one_is_ready_and_never_all_moved_at_once(part):
    deployment = found("Deployment", part)["spec"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert "replicas" not in deployment  # an autoscaler says how many
    budget = found("PodDisruptionBudget", part)["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == deployment["selector"]
    assert deployment["template"]["metadata"]["labels"] == deployment["selector"]["matchLabels"]
    assert pod(part)["topologySpreadConstraints"]


def test_there_is_never_a_second_beat():
    assert found("Deployment", "beat")["spec"]["replicas"] == 1
    assert found("Deployment", "beat")["spec"]["strategy"] == {"type": "Recreate"}


def test_what_is_selected_and_mounted_is_there():
    labels = [found("Deployment", part)["spec"]["template"]["metadata"]["labels"] for part in PARTS]
    for name in ("web", "embedder"):
        assert found("Service", name)["spec"]["selector"] in labels
    for part in (*PARTS, "prepare"):
        volumes = {volume["name"] for volume in pod(part)["volumes"]}
        assert {mount["name"] for mount in container(part)["volumeMounts"]} == volumes
        for volume in pod(part)["volumes"]:
            if "secret" in volume:
                assert found("Secret", volume["secret"]["secretName"])
            if "persistentVolumeClaim" in volume:
                assert found("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])


def test_nothing_is_open_that_is_not_named():
    everything = found("NetworkPolicy", "nothing")["spec"]
    assert everything == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    opened = {o["metadata"]["name"] for _, o in OBJECTS if o["kind"] == "NetworkPolicy"}
    assert opened == {"nothing", "names", "web", "metrics", "embedder", "services"}
    assert "ingress" not in found("NetworkPolicy", "services")["spec"]


def test_ingress_lets_uploads_and_long_sockets_through():
    ingress = found("Ingress", "web")
    limit = ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
    config = found("ConfigMap", "colloquy")["data"]
    assert int(limit.removesuffix("m")) > int(config["UPLOAD_MAX_MB"])
    host = config["PUBLIC_URL"].removeprefix("https://")
    assert ingress["spec"]["rules"][0]["host"] == host
    assert ingress["spec"]["tls"][0]["hosts"] == [host]
