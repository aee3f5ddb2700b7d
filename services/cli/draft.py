"""The text of a new model file: what is known filled in, every other setting shown with its default."""

from __future__ import annotations

import json
import re

from infra.history.guess import Guess
from infra.spec.json_schema import FILE_NAME

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*(?:\([\w.-]*\))?")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off"}

_SETTINGS = """\
learner:
  # hidden: [64, 64]                # width of each hidden layer
  # dropout: 0.0
  # start: warm                     # warm: from the champion's weights | scratch | a checkpoint to fine-tune: base/
  # frozen: []                      # layers that keep the weights they start from, such as [body.0]
  # epochs: 40
  # patience: 6                     # epochs without improvement before training stops
  # schedule: constant              # constant | cosine | plateau | one_cycle
  # class_weights: balanced         # balanced | none
  # device: auto                    # auto | cpu | cuda
  # seed: 0

labels:
  # expected_delay: 500 rows        # until the truth is known: rows, or a duration such as 1h; default: one window
  # golden: golden.csv              # rows whose truth somebody stands for: candidates must not be worse on them
  # cost_each: 0.02                 # price of one label; without it labels are counted and unpriced

monitoring:
  # window: 500 rows                # what is judged together: rows, or a duration such as 7d
  # tolerance: 0.03                 # loss of accuracy (regression: relative rise of the error) that is accepted
  # alpha: 0.01                     # chance of a false alarm

retraining:
  # policy: cost_aware              # cost_aware | degradation | drift | every | never
  # schedule: "0 3 * * *"           # cron, in event time, beside the policy
  # min_labels: 200

promotion:
  # confidence: 0.99                # that the candidate is better than the champion
  # max_negative_flips: 0.02        # share of rows that were right and become wrong
  # max_slice_drop: 0.05            # loss of accuracy in any one slice
  # approval: auto                  # auto | in_doubt | manual: `keepsharp promote` within approval_expires (7d)
  # shadow: false                   # true: candidates answer unseen first, and their labels promote or drop them

costs:
  # currency: USD
  # cpu_hour: 0.05
  # gpu_hour: 2.5
  # energy_kwh: 0.15                # beside the price of an hour; without it that holds the electricity
  # storage_gb_month: 0.10          # without it bytes are counted and unpriced
  # staff_hour: 60.0
  # staff_minutes: {review: 10, approval: 15, label: 0.5}   # what an alert, an approval, a label takes; else unknown
  # rates: [{from: 2027-01-01, cpu_hour: 0.06}]   # prices that hold from a day on
  # wrong_decision: 4.00            # what one wrong answer costs; without it nothing can be weighed against cost

# budget:
#   monthly: 50
#   when_exceeded: defer            # defer | alert | approve
"""


def draft(name: str, source: str, guessed: Guess) -> str:
    """A model file for a data file that was looked at."""
    time = (
        f"  time: {scalar(guessed.time)}"
        if guessed.time
        else "  # time: timestamp  # omitted: file order is time order"
    )
    lines = [f"  source: {scalar(source)}", time, f"  target: {scalar(guessed.target)}"]
    if guessed.images:
        lines.append(f"  images: {scalar(guessed.images)}")
    if guessed.positive is not None:
        lines.append(f"  positive: {scalar(guessed.positive):<24}# the class whose catch rate matters (the rarer one)")
    if guessed.kinds and not guessed.images:
        lines.append("  features:                         # inferred; remove what must not be learnt from")
        lines += [f"    {scalar(column)}: {kind}" for column, kind in guessed.kinds.items()]
    elif guessed.kinds:
        ignored = ", ".join(scalar(column) for column in guessed.kinds)
        lines.append(f"  ignore: [{ignored}]  # columns beside the pictures; remove those that should be learnt from")
    lines.append("  # slices: [COLUMN]                # accuracy is also judged within each value of these columns")
    return _assembled(name, guessed.task, lines)


def empty_draft(name: str, target: str | None) -> str:
    """A model file for a data file that is not known yet."""
    lines = [
        "  source: history.csv               # CSV, Parquet, NPZ, openml:NAME, or a database URL with `query`",
        f"  target: {scalar(target or 'label'):<26}# the column with the truth",
        "  # time: timestamp                 # omitted: file order is time order",
        '  # time_format: "%d/%m/%Y %H:%M"   # where dates could mean two things',
        "  # positive: defective             # the class whose catch rate matters",
        "  # features: {width: numeric, shift: categorical}    # omitted: all other columns, inferred and then frozen",
        "  # ignore: [comment]",
        "  # slices: [shift]                 # accuracy is also judged within each value of these columns",
        "  # images: X                       # NPZ: the array of pictures",
    ]
    return _assembled(name, "classification", lines)


def _assembled(name: str, task: str, data: list[str]) -> str:
    head = [
        f"# yaml-language-server: $schema={FILE_NAME}",
        "# A model file for keepsharp. `keepsharp check` says what it means; what is commented out is the default.",
        f"model: {_model_name(name)}",
        f"task: {task:<26}# classification | regression",
        "owner: unowned",
        "cost_center: unassigned",
        "",
        "data:",
    ]
    return "\n".join([*head, *data, "", _SETTINGS])


def _model_name(folder: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", folder.lower()).strip("-_")[:63] or "model"


def scalar(text: str) -> str:
    """The text as a YAML scalar that reads back as the same text."""
    is_plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)
