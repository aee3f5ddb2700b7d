"""A model file is read whole: every mistake at once, each with its line."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import Mistake, SpecError
from infra.spec import Span, parse_spec, read_spec

GOOD = """\
model: electricity
task: classification
data:
  source: prices.csv
  target: class
"""


def mistakes(text: str) -> tuple[Mistake, ...]:
    with pytest.raises(SpecError) as caught:
        parse_spec(text, "model.yaml")
    return caught.value.mistakes


def only(text: str) -> Mistake:
    found = mistakes(text)
    assert len(found) == 1, found
    return found[0]


def test_four_keys_are_enough_and_the_rest_has_defaults() -> None:
    spec = parse_spec(GOOD, "model.yaml")
    assert (spec.model, spec.data.target, spec.monitoring.window) == ("electricity", "class", Span(rows=500))
    assert spec.network == "mlp"
    assert spec.baseline_in_force == "logistic_regression"


def test_the_product_example_is_accepted() -> None:
    spec = parse_spec(
        """\
model: electricity
task: classification                # classification | regression
owner: grid-desk
cost_center: trading
data:
  source: elec2.csv.gz
  time: timestamp
  target: class
  positive: UP
  features: {nsw_price: numeric, day: categorical}
  slices: [day]
learner:
  network: mlp
  hidden: [64, 64]
  start: warm
baseline: logistic_regression
labels: {expected_delay: 1h, cost_each: 0.02, golden: golden.csv}
monitoring: {window: 500 rows, tolerance: 0.03, alpha: 0.01}
retraining: {policy: cost_aware, schedule: "0 3 * * *", min_labels: 500}
promotion: {confidence: 0.99, max_negative_flips: 0.02, max_slice_drop: 0.05, approval: auto}
costs: {currency: USD, cpu_hour: 0.05, gpu_hour: 2.50, energy_kwh: 0.15, staff_hour: 60, wrong_decision: 4.00}
budget: {monthly: 50, when_exceeded: defer}
""",
        "model.yaml",
    )
    assert spec.label_delay == Span(duration=timedelta(hours=1))
    assert spec.budget is not None
    assert spec.budget.monthly == 50
    assert spec.data.features == {"nsw_price": "numeric", "day": "categorical"}


def test_all_mistakes_come_at_once_in_the_order_of_their_lines() -> None:
    found = mistakes(
        """\
model: Foo Bar
task: clasification
data:
  source: prices.csv
  query: select 1
  features: {price: number}
learner:
  hidden: [64, 0]
promotion: {confidence: 7}
baseline: ridge
extra: 1
"""
    )
    assert [(mistake.line, mistake.where) for mistake in found] == [
        (1, "model"),
        (2, "task"),
        (3, "data.target"),
        (5, "data.query"),
        (6, "data.features.price"),
        (8, "learner.hidden[1]"),
        (9, "promotion.confidence"),
        (11, "extra"),
    ]
    assert found[6].problem == "must be a number above 0.5 and below 1; got 7"


@pytest.mark.parametrize(
    ("addition", "where", "words"),
    [
        ("monitoring: {tolerence: 0.1}", "monitoring.tolerence", "did you mean `tolerance`?"),
        ("monitoring: {minimum-rows: 9}", "monitoring.minimum-rows", "did you mean `minimum_rows`?"),
        ("window: 500 rows", "window", "it belongs under `monitoring`"),
        ("learner: {window: 500 rows}", "learner.window", "it belongs under `monitoring`"),
        ("learner: {owner: me}", "learner.owner", "it belongs at the top of the file"),
        ("learner: {zzz: 1}", "learner.zzz", "Accepted here: `network`, `hidden`"),
        ("learner: {epochs: 2.5}", "learner.epochs", "must be a whole number of at least 1; got 2.5"),
        ("learner: {epochs: [3]}", "learner.epochs", "got a list"),
        ("learner: {dropout: true}", "learner.dropout", "got true"),
        ("learner: {dropout: '0.5'}", "learner.dropout", "remove the quotes"),
        ("learner: {hidden: 64}", "learner.hidden", "must be a list, such as `[a, b]`"),
        ("learner: {network: resnet}", "learner.network", "`mlp`, `residual_mlp` or `cnn` or `package.module:name`"),
        ("learner: {network: cnn}", "learner.network", "data.images names none"),
        ("learner: [1]", "learner", "must be a section with the keys `network`"),
        ("costs: {wrong_decision: .inf}", "costs.wrong_decision", "must be a number of at least 0"),
        ("costs: {rates: [{from: soon, cpu_hour: 1}]}", "costs.rates[0].from", "is no day"),
        ("costs: {rates: [{cpu_hour: 1}]}", "costs.rates[0].from", "is required"),
        (
            "costs: {rates: [{from: 2026-01-01, cpu_hour: 1}, {from: 2026-01-01, gpu_hour: 1}]}",
            "costs.rates[1].from",
            "begins twice",
        ),
        ("costs: {staff_minutes: {review: often}}", "costs.staff_minutes.review", "`measured`"),
        ("costs: {country: de}", "costs.country", "three capital letters such as `DEU`"),
        ("costs: {cpu_hour: .nan}", "costs.cpu_hour", "must be a number of at least 0"),
        ("costs: {currency: usd}", "costs.currency", "three capital letters such as `USD`"),
        ("budget: {}", "budget.monthly", "is required: a number of at least 0"),
        ("monitoring: {window: 500}", "monitoring.window", "`500 rows`"),
        ("monitoring: {window: 0 rows}", "monitoring.window", "at least 1"),
        ("monitoring: {window: 20 rows}", "monitoring.window", "below monitoring.minimum_rows (30)"),
        ("retraining: {schedule: 99 3 * * *}", "retraining.schedule", "five fields"),
        ("retraining: {schedule: 0 3 31 2 *}", "retraining.schedule", "that ever comes"),
        ("promotion: {probation: 1d}", "promotion.probation", "is counted in rows"),
        ("alerts: {remind_every: 5 rows}", "alerts.remind_every", "must be a duration"),
        ("alerts: {rules: {imput_drift: {}}}", "alerts.rules.imput_drift", "input_drift"),
        ("labels: {expected_delay: 99999999999d}", "labels.expected_delay", "at most 5200 weeks"),
        ("monitoring: {window: 99999999999999999999 rows}", "monitoring.window", "at most 1000000000 rows"),
        ("learner: {seed: -1}", "learner.seed", "must be a whole number of at least 0"),
        ("retraining: {every: 500 rows}", "retraining.every", "only used by `policy: every`"),
        ("baseline: ridge", "baseline", "answers numbers"),
        ("evidence: {learning_curve: maybe}", "evidence.learning_curve", "must be `true` or `false`; got `maybe`"),
        ("promotion: {shadow: 7}", "promotion.shadow", "must be `true` or `false` or a duration"),
    ],
)
def test_says_what_is_wrong_and_what_would_be_accepted(addition: str, where: str, words: str) -> None:
    mistake = only(GOOD + addition + "\n")
    assert (mistake.line, mistake.where) == (6, where)
    assert words in mistake.problem


@pytest.mark.parametrize(
    ("addition", "where", "words"),
    [
        ("time_zone: Mars/Base", "data.time_zone", "`Mars/Base` is not a known time zone"),
        ("query: select 1", "data.query", "needs a database URL"),
        ("time: class", "data.time", "is the target as well"),
        ("slices: [day, class]", "data.slices[1]", "is the target"),
        ("features: {class: numeric}", "data.features.class", "give the answer away"),
        ("time_start: soon", "data.time_start", "must be a time such as"),
        ("time_step: 5 rows", "data.time_step", "must be a duration"),
        ("slices: day", "data.slices", "must be a list, such as `[a, b]`, of which each is text; got `day`"),
    ],
)
def test_says_what_is_wrong_with_the_data_section(addition: str, where: str, words: str) -> None:
    mistake = only(GOOD + f"  {addition}\n")
    assert (mistake.line, mistake.where) == (6, where)
    assert words in mistake.problem


def test_a_web_address_and_a_database_url_without_query_are_told_apart() -> None:
    assert "download it first" in only(GOOD.replace("prices.csv", "https://x.example/a.csv")).problem
    assert "data.query" in only(GOOD.replace("prices.csv", "sqlite:///a.db")).problem


def test_a_class_named_no_is_text_and_not_false() -> None:
    assert parse_spec(GOOD + "  positive: NO\n", "m").data.positive == "NO"


@pytest.mark.parametrize(
    ("written", "meant"), [("1", "1"), ("1.0", "1"), ("true", "true"), ("007", "007"), ("'1.0'", "1.0"), ("2.5", "2.5")]
)
def test_a_class_given_as_a_number_is_named_as_everywhere_else(written: str, meant: str) -> None:
    assert parse_spec(GOOD + f"  positive: {written}\n", "m").data.positive == meant


def test_a_column_named_by_a_number_keeps_its_writing() -> None:
    spec = parse_spec(GOOD + "  features: {01: numeric, 2.0: boolean}\n  ignore: [3]\n", "m")
    assert spec.data.features == {"01": "numeric", "2.0": "boolean"}
    assert spec.data.ignore == ["3"]


def test_an_empty_section_means_its_defaults() -> None:
    assert parse_spec(GOOD + "learner:\n", "m").learner.epochs == 40


def test_a_start_without_an_hour_is_midnight() -> None:
    spec = parse_spec(GOOD + "  time_start: 1996-05-07\n  time_step: 30m\n", "m")
    assert spec.data.time_start == datetime(1996, 5, 7)  # noqa: DTZ001 - naive on purpose: time_zone says whose midnight
    assert spec.data.time_step == Span(duration=timedelta(minutes=30))


def test_a_key_given_twice_names_both_lines() -> None:
    mistake = only(GOOD + "owner: me\nowner: you\n")
    assert (mistake.line, mistake.where) == (7, "owner")
    assert "first on line 6" in mistake.problem


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "is empty"),
        ("# only a comment\n", None, "is empty"),
        ("- a\n", 1, "got a list"),
        ("just words\n", 1, "got `just words`"),
        ("model: a\ntask: b: c\n", 2, "is not YAML"),
        ("model: a\ndata:\n\tsource: b\n", 3, "a tab"),
        ("model: [a\n", 2, "is not YAML"),
        ("model: a\n---\nmodel: b\n", 2, "second document"),
        ("model: a\nowner: &me x\ncost_center: *me\n", 2, "anchor"),
        ("model: " + "[" * 40 + "]" * 40, 1, "levels deep"),
        ("model: a\nowner: \x01", 2, "does not allow"),
        ("#" * 200_001, None, "characters"),
    ],
)
def test_what_is_no_mapping_is_refused_with_its_line(text: str, line: int | None, words: str) -> None:
    mistake = only(text)
    assert mistake.line == line
    assert words in mistake.problem


def test_a_tag_is_refused_and_nothing_is_run() -> None:
    found = mistakes(GOOD + "owner: !!python/object/apply:os.getcwd []\n")
    assert "tags are not accepted" in found[0].problem


def test_a_missing_file_says_how_to_start(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="keepsharp init"):
        read_spec(tmp_path / "model.yaml")


def test_a_folder_says_which_file_is_meant(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"is a folder: name the file in it"):
        read_spec(tmp_path)


def test_a_byte_order_mark_is_passed_over_and_other_encodings_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_spec(path).model == "electricity"
    path.write_bytes("model: \xe9".encode("latin-1"))
    with pytest.raises(SpecError, match="UTF-8"):
        read_spec(path)


scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(width=16) | st.text(max_size=5)
documents = st.dictionaries(
    st.sampled_from(["model", "task", "data", "learner", "monitoring", "budget", "labels", "oops"]),
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["source", "target", "window", "hidden", "x"]), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)


@settings(max_examples=30, deadline=None)
@given(documents)
def test_any_wrong_document_gives_mistakes_with_lines(document: dict[str, object]) -> None:
    found = mistakes(yaml.safe_dump(document, allow_unicode=True))
    assert all(mistake.problem and mistake.line for mistake in found)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_any_text_that_is_no_model_file_gives_mistakes(text: str) -> None:
    assert mistakes(text)


@pytest.mark.parametrize(
    ("learner", "where", "words"),
    [
        ("{start: hot}", "learner.start", "`warm` or `scratch` or the path of a checkpoint"),
        ("{start: 0}", "learner.start", "the number of a version of this model"),
        ("{start: scratch, frozen: [body.0]}", "learner.frozen", "start from a checkpoint, or remove it"),
        ("{precision: bfloat16, device: cpu}", "learner.precision", "slower than float32 on most CPUs"),
        ("{warm_up: 1.0}", "learner.warm_up", "give a share below 1"),
        ("{schedule: linear}", "learner.schedule", "`constant`, `cosine`, `plateau` or `one_cycle`"),
        ("{clip_norm: 0}", "learner.clip_norm", "a number above 0"),
    ],
)
def test_says_what_a_learner_may_be(learner: str, where: str, words: str) -> None:
    mistake = only(f"{GOOD}learner: {learner}\n")
    assert mistake.where == where
    assert words in mistake.problem


@pytest.mark.parametrize("start", ["warm", "base/", "../nets/resnet.safetensors", 3])
def test_accepts_checkpoints_and_versions_to_start_from(start: str | int) -> None:
    assert parse_spec(f"{GOOD}learner: {{start: {start}, frozen: [body]}}\n", "model.yaml").learner.start == start
