"""The files of Prometheus and Grafana: sound by Prometheus's own tool, and about metrics that there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Metric

from monitoring.rulebook import RULES, RUNBOOKS
from services.inference.metrics import Metrics

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "prometheus"
GRAFANA = ROOT / "infra" / "grafana"
RULE_FILES = ("recording.rules.yml", "alerting.rules.yml")
CONFIGURATIONS = ("prometheus.yml", "deployed.yml")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def promtool(*words: str) -> str:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is NOT installed: Prometheus's own check of infra/prometheus did not run on this machine")
    done = subprocess.run([tool, *words], cwd=FOLDER, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_promtool_finds_configuration_and_rules_valid() -> None:
    for name in CONFIGURATIONS:
        valid = "is valid prometheus config file syntax"
        assert valid in promtool("check", "config", "--syntax-only", name)  # the key's file is elsewhere
    assert promtool("check", "rules", *RULE_FILES).count("SUCCESS") == len(RULE_FILES)


def test_promtool_finds_that_the_rules_do_as_their_tests_say() -> None:
    assert "SUCCESS" in promtool("test", "rules", "rules.test.yml")


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


def rules() -> Iterator[dict[str, Any]]:
    for name in RULE_FILES:
        for group in read(name)["groups"]:
            assert group.keys() <= {"name", "rules", "interval"}
            yield from group["rules"]


def names_of(metric: Metric) -> set[str]:
    return {f"{metric.name}{suffix}" for suffix in SUFFIXES[metric.type]}


def metrics_in(expression: str) -> set[str]:
    """Those of keepsharp that an expression asks for, recorded ones among them."""
    return set(re.findall(r"[a-zA-Z_:]*keepsharp_[a-zA-Z0-9_:]*", re.sub(r'"[^"]*"', '""', expression)))


def known_metrics() -> set[str]:
    there = {name for metric in Metrics().registry.collect() for name in names_of(metric)}
    return there | {rule["record"] for rule in rules() if "record" in rule}


def test_every_metric_in_a_rule_is_one_that_the_service_has() -> None:
    for rule in rules():
        used = metrics_in(rule["expr"])
        assert used or "up{" in rule["expr"], rule
        assert used <= known_metrics(), f"{used - known_metrics()} in {rule}"


def queries_of_grafana() -> Iterator[tuple[str, str]]:
    """(where it stands, query) for all that the dashboard asks."""
    board = json.loads((GRAFANA / "dashboards" / "keepsharp.json").read_text("utf-8"))
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for note in board["annotations"]["list"]:
        yield note["name"], note["expr"]
    for variable in board["templating"]["list"]:
        yield variable["name"], variable["query"]["query"]


def test_grafana_asks_for_metrics_that_the_service_has_and_leaves_none_unseen() -> None:
    asked = set()
    for place, query in queries_of_grafana():
        used = metrics_in(query)
        assert used or "up{" in query, place
        assert used <= known_metrics(), f"{used - known_metrics()} in {place}"
        asked |= used
    recorded_from = {rule["record"]: metrics_in(rule["expr"]) for rule in rules() if "record" in rule}
    asked |= {name for record in asked & recorded_from.keys() for name in recorded_from[record]}
    unseen = {metric.name for metric in Metrics().registry.collect() if not asked & names_of(metric)}
    assert unseen == set()


def test_promtool_reads_every_query_of_grafana(tmp_path: Path) -> None:
    queries = [query.replace("$model", "line") for _, query in queries_of_grafana() if "label_values" not in query]
    made = [{"record": f"query:number:{number}", "expr": query} for number, query in enumerate(queries)]
    (tmp_path / "queries.yml").write_text(yaml.safe_dump({"groups": [{"name": "grafana", "rules": made}]}))
    assert f"{len(queries)} rules found" in promtool("check", "rules", str(tmp_path / "queries.yml"))


def test_grafana_finds_its_source_and_its_dashboards_where_the_deployment_puts_them() -> None:
    sources = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "keepsharp.yml").read_text())["datasources"]
    assert {(one["uid"], one["url"]) for one in sources} == {
        ("keepsharp", "http://prometheus:9090"),
        ("alertmanager", "http://alertmanager:9093"),
    }
    board = json.loads((GRAFANA / "dashboards" / "keepsharp.json").read_text("utf-8"))
    asking = [one for panel in board["panels"] for one in panel.get("targets", ())]
    assert {one["datasource"]["uid"] for one in asking} == {"keepsharp"}
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(numbers) == len(set(numbers))
    provider = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "keepsharp.yml").read_text())["providers"][0]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"


def test_every_rule_is_whole_and_alerts_say_what_and_how_bad() -> None:
    for rule in rules():
        if "record" in rule:
            assert rule.keys() == {"record", "expr"}
            assert re.fullmatch(r"model:keepsharp_\w+:\w+", rule["record"])
            continue
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["annotations"]["summary"]
        severity = rule.get("labels", {}).get("severity")
        assert severity in ("info", "warning", "critical") or "keepsharp_alerts" in rule["expr"]
        runbook = rule["annotations"].get("runbook", "")
        if runbook and "{{" not in runbook:
            page, _, section = runbook.partition("#")
            assert (page, section in RULES) == (RUNBOOKS, True)


def test_every_alert_has_a_test_or_concerns_a_replica_alone() -> None:
    tested = {one["alertname"] for test in read("rules.test.yml")["tests"] for one in test.get("alert_rule_test", ())}
    untested = {rule["alert"] for rule in rules() if "alert" in rule} - tested
    assert untested == {"KeepsharpSpillWaiting", "KeepsharpPredictionsUnstored", "KeepsharpReloadFails"}


def test_the_configuration_names_the_files_beside_it() -> None:
    for name in CONFIGURATIONS:
        assert read(name)["rule_files"] == list(RULE_FILES)
    assert read("rules.test.yml")["rule_files"] == list(RULE_FILES)


@pytest.mark.parametrize("name", ["alertmanager.yml", "alertmanager.deployed.yml"])
def test_alertmanager_groups_as_keepsharp_does_and_every_route_leads_somewhere(name: str) -> None:
    config = read(name)
    assert config["route"]["group_by"] == ["model", "severity"]
    receivers = {one["name"] for one in config["receivers"]}
    assert {config["route"]["receiver"], *(one["receiver"] for one in config["route"]["routes"])} <= receivers
