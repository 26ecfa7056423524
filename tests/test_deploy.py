"""The files to deploy with: what they copy exists, what they set is a setting, and they are closed by default."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from analytics.observability.metrics import REGISTRY
from tests.support import nginx
from tests.support.ports import free_port
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
# Settings of images that are not ours, and of the server.
_OTHERS = {"FORWARDED_ALLOW_IPS", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "PUBLIC_HOST", "OLLAMA_MODELS"}
# What compose itself reads of .env.
_COMPOSE_ONLY = {"PUBLIC_HOST", "POSTGRES_PASSWORD", "COMPOSE_PROFILES", "HTTP_ADDRESS"}


def documented_settings() -> set[str]:
    section = (ROOT / "README.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    names = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`([A-Z][A-Z_]+)`", " ".join(names)))


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded


def test_the_image_copies_what_there_is_and_nothing_secret() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {name.rstrip("/") for name in copied} == allowed
    assert ".streamlit/secrets.toml" not in allowed
    assert any(line.startswith("USER ") and line != "USER root" for line in lines)
    assert "--require-hashes" in "\n".join(lines)


def test_compose_sets_only_what_can_be_set_and_explains_it() -> None:
    services = compose()["services"]
    names = {name for service in services.values() for name in service.get("environment", {})}
    assert names - _OTHERS <= documented_settings()
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    explained = set(re.findall(r"^#?([A-Z_]+)=", (DEPLOY / ".env.example").read_text(), re.MULTILINE))
    assert asked <= explained
    assert explained == documented_settings() | _COMPOSE_ONLY
    assert services["program"]["env_file"] == services["setup"]["env_file"] == [".env"]
    required = set(re.findall(r"\$\{([A-Z_]+):\?", (DEPLOY / "compose.yaml").read_text()))
    assert len(required) <= 3


def test_compose_is_closed_and_confined_by_default() -> None:
    services = compose()["services"]
    open_ports = {name: service.get("ports", []) for name, service in services.items() if "profiles" not in service}
    assert {name for name, ports in open_ports.items() if ports} == {"proxy"}
    # Without TLS it is reached from this machine alone, and what it needs is there: no certificate is.
    assert open_ports["proxy"] == ["${HTTP_ADDRESS:-127.0.0.1:8080}:8080"]
    assert all((DEPLOY / volume.partition(":")[0]).is_file() for volume in services["proxy"]["volumes"])
    for name in ("program", "setup", "demo"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    # Without DATABASE_URL the program would open as the demo.
    assert "DATABASE_URL" in services["program"]["environment"]
    assert all(port.startswith("127.0.0.1:") for port in services["demo"]["ports"])


def test_kubernetes_runs_two_confined_copies_after_a_migration() -> None:
    documents = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))
    kinds = {document["kind"]: document for document in documents}
    assert set(kinds) == {"Job", "Deployment", "Service"}
    assert kinds["Deployment"]["spec"]["replicas"] == 2
    for kind in ("Job", "Deployment"):
        for container in kinds[kind]["spec"]["template"]["spec"]["containers"]:
            assert container["securityContext"]["runAsNonRoot"] is True
            assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_alerts_and_dashboard_ask_only_for_figures_there_are() -> None:
    alerts = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
    dashboard = json.loads((DEPLOY / "grafana.json").read_text())
    assert len(alerts) == 5
    assert all(alert["annotations"]["summary"] for alert in alerts)
    expressions = [alert["expr"] for alert in alerts]
    expressions += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = set(re.findall(r"skill_analytics_[a-z_]+", " ".join(expressions)))
    given = {"skill_analytics_jobs"}
    for metric in REGISTRY.collect():
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}[metric.type]
        given |= {metric.name + ending for ending in endings}
    assert asked
    assert asked <= given


# What Prometheus is given, a value a minute: what is at fault and when it is not, and what goes up by 10 beside it.
_CASES = {
    "SkillAnalyticsNotReady": ('probe_success{job="skill-analytics-ready"}', "0x40", "1x40"),
    "SkillAnalyticsSlowPages": (
        'skill_analytics_page_seconds_bucket{le="2.5"}', "0+1x40", "0+10x40",
        'skill_analytics_page_seconds_bucket{le="5.0"}', 'skill_analytics_page_seconds_bucket{le="+Inf"}',
    ),
    "SkillAnalyticsFailingStatements": ("skill_analytics_query_errors_total", "0+10x40", "0+1x40"),
    "SkillAnalyticsFailingRequests": (
        'skill_analytics_request_seconds_count{status="503"}', "0+1x40", "0x40",
        'skill_analytics_request_seconds_count{status="200"}',
    ),
    "SkillAnalyticsModelFails": (
        'skill_analytics_model_calls_total{outcome="timeout"}', "0+5x40", "0+1x40",
        'skill_analytics_model_calls_total{outcome="answered"}',
    ),
}  # fmt: skip


def test_each_alert_sounds_when_it_should_and_not_otherwise(tmp_path: Path) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("There is no promtool here (Debian: prometheus).")
    alerts = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
    tests = []
    for alert in alerts:
        series, at_fault, in_order, *beside = _CASES[alert["alert"]]
        for values, expected in ((at_fault, [{"exp_annotations": alert["annotations"]}]), (in_order, [])):
            given = [{"series": one, "values": "0+10x40"} for one in beside] + [{"series": series, "values": values}]
            labels = {"job": "skill-analytics-ready"} if "probe" in series else {}
            awaited = [one | {"exp_labels": labels} for one in expected]
            asked = [{"eval_time": "35m", "alertname": alert["alert"], "exp_alerts": awaited}]
            tests.append({"interval": "1m", "input_series": given, "alert_rule_test": asked})
    panels = json.loads((DEPLOY / "grafana.json").read_text())["panels"]
    queries = [target["expr"] for panel in panels for target in panel["targets"]]
    drawn = [{"record": f"drawn_{place}", "expr": query} for place, query in enumerate(queries)]
    (tmp_path / "drawn.yaml").write_text(yaml.safe_dump({"groups": [{"name": "drawn", "rules": drawn}]}))
    cases = {"rule_files": [str(DEPLOY / "alerts.yaml"), "drawn.yaml"], "tests": tests}
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(cases))
    done = subprocess.run([program, "test", "rules", "cases.yaml"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(tests) == 10


def test_the_sentences_to_look_up_are_said_by_the_program() -> None:
    table = (ROOT / "docs" / "operating.md").read_text().partition("## What to do when")[2]
    symptoms = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")][1:]
    symptoms = symptoms[1:]  # the line below the heads
    assert len(symptoms) == 10
    files = [*(ROOT / "analytics").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), *(ROOT / "pages").rglob("*.html")]
    source = re.sub(r'"\s*\n\s*"', "", "".join(file.read_text() for file in files))
    said = [re.sub(r" \(\d+\)$", "", symptom).partition(",")[0] for symptom in symptoms]
    said += re.findall(r"says: ([^|]+\.)", table)
    assert len(said) == 11
    assert [sentence for sentence in said if sentence not in source] == []


def is_open(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.heavy
@pytest.mark.parametrize("path", ["/", "/skills/"])
def test_nginx_logs_nothing_that_opens_what_was_sent_to_somebody(path: str, tmp_path: Path) -> None:
    program = nginx.executable()
    if program is None:
        pytest.skip(nginx.MISSING)
    proxy = free_port()
    with nginx.running(program, tmp_path, nginx.site(proxy, [free_port()], path=path)):
        wait_until(lambda: is_open(proxy), "nginx")
        for place in ("shared/a-token", "shared/a-token/report.pdf", "unsubscribe/a-token", "readyz"):
            # No program is behind it.
            with pytest.raises(urllib.error.HTTPError, match="502"):
                urllib.request.urlopen(f"http://127.0.0.1:{proxy}{path}{place}", timeout=30)
    for log in ("access.log", "log"):
        assert f"{path}readyz" in (tmp_path / log).read_text()
    assert [log.name for log in tmp_path.glob("*log") if "a-token" in log.read_text()] == []
