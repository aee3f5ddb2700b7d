"""The example files of Prometheus: sound by its own tool, and about metrics that there are."""

from __future__ import annotations

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
RULE_FILES = ("recording.rules.yml", "alerting.rules.yml")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def promtool(*words: str) -> str:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is NOT installed: Prometheus's own check of infra/prometheus did not run on this machine")
    done = subprocess.run([tool, *words], cwd=FOLDER, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_promtool_finds_configuration_and_rules_valid() -> None:
    assert "is valid prometheus config file syntax" in promtool("check", "config", "prometheus.yml")
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


def test_every_metric_in_a_rule_is_one_that_the_service_has() -> None:
    there = {name for metric in Metrics().registry.collect() for name in names_of(metric)}
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for rule in rules():
        bare = re.sub(r'"[^"]*"', '""', rule["expr"])
        used = set(re.findall(r"[a-zA-Z_:]*keepsharp_[a-zA-Z0-9_:]*", bare))
        assert used or "up{" in bare, rule
        assert used <= there | recorded, f"{used - there - recorded} in {rule}"


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
    assert read("prometheus.yml")["rule_files"] == list(RULE_FILES)
    assert read("rules.test.yml")["rule_files"] == list(RULE_FILES)


def test_alertmanager_groups_as_keepsharp_does_and_every_route_leads_somewhere() -> None:
    config = read("alertmanager.yml")
    assert config["route"]["group_by"] == ["model", "severity"]
    receivers = {one["name"] for one in config["receivers"]}
    assert {config["route"]["receiver"], *(one["receiver"] for one in config["route"]["routes"])} <= receivers
