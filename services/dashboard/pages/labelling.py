"""`/labelling` and `/models/{model}/labelling`: rows whose truth is wanted, answered with one key each.

What the model answered, and what others said, is shown once a person has said what they see: an answer that is shown
first is followed too readily. Whoever wants it earlier unfolds it.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from infra.auditing import ask_for_truth
from infra.domain.errors import NotFound
from infra.domain.predictions import Label
from infra.domain.values import Answer, class_name
from services.dashboard import labelling as desk
from services.dashboard.forms import Form, Mistakes
from services.dashboard.labelling import QUEUES, QueueName, Waiting
from services.dashboard.navigation import Place
from services.dashboard.pictures import address_of_answered, picture_feature
from services.dashboard.site import Site

KEYS = "123456789"
LONGEST_CLASS = 500
LONGEST_SOURCE = 100
MOST_DRAWN = 200
_STAYING: tuple[QueueName, ...] = ("suspects", "contradicted")
"""Queues that keep a row after it was answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """Where somebody is: the queue, how many of its rows were passed over, a row of choice, and the last one done."""

    model: str
    queue: QueueName
    skip: int = 0
    row: str = ""
    last: str = ""

    def path(self, **changes: object) -> str:
        """The address of this spot with some of it changed; what is empty is left out."""
        values = {"queue": self.queue, "skip": self.skip, "row": self.row, "last": self.last} | changes
        query = urlencode({name: value for name, value in values.items() if value not in ("", 0)})
        return f"/models/{quote(self.model, safe='')}/labelling?{query}"


def add(routes: APIRouter, site: Site) -> None:
    """The pages and what is done on them."""

    @routes.get("/labelling", dependencies=[site.requires("read")])
    def overview(request: Request) -> Response:
        actor, now = site.actor(request), site.clock()
        models = [one.name for one in site.ports.models.all()]
        rows = [desk.progress_of(site.ports, name, actor=actor, now=now) for name in models]
        rows.sort(key=lambda one: (-one.held_back, -one.asked, -(one.suspects or 0), one.model))
        return site.page(request, "labelling.html", {"rows": rows}, place=Place(section="labelling"))

    @routes.get("/models/{model}/labelling", dependencies=[site.requires("read")])
    def queue(request: Request, model: str) -> Response:
        asked = request.query_params
        spot = _spot(model, asked.get("queue", ""), asked.get("skip", ""), asked.get("row", ""), asked.get("last", ""))
        return _show(site, request, spot, as_list=asked.get("view") == "list")

    @routes.post("/models/{model}/labelling", dependencies=[site.requires("label")])
    def label(request: Request, model: str) -> Response:
        form = site.form(request)
        spot = _spot(model, form.get("queue"), form.get("skip"), form.get("row"), "")
        try:
            value = _value(form, is_number=desk.spec_of(site.ports, model).task == "regression")
        except Mistakes as mistakes:
            return _show(site, request, spot, problems=mistakes.problems, sent=form, status=422)
        _keep(site, request, spot, value)
        stays = spot.queue in _STAYING and form.get("chosen") != "yes"
        return site.see(request, spot.path(row="", last=spot.row, skip=spot.skip + stays))

    @routes.post("/models/{model}/labelling/draw", dependencies=[site.requires("operate")])
    def draw(request: Request, model: str) -> Response:
        name, form = site.ports.models.get(model).name, site.form(request)
        spot = _spot(name, "audit", "", "", "")
        text = form.get("rows")
        if not text.isdecimal() or not 1 <= int(text) <= MOST_DRAWN:
            problems = {"rows": f"Give a number from 1 to {MOST_DRAWN}."}
            return _show(site, request, spot, problems=problems, sent=form, status=422)
        drawn = ask_for_truth(site.ports, name, int(text), at=site.clock(), chance=random.SystemRandom())
        said = f"{len(drawn)} rows were drawn." if drawn else "No row is left that has no label and was not drawn yet."
        return site.see(request, spot.path(), said)


def _spot(model: str, queue: str, skip: str, row: str, last: str) -> Spot:
    found: QueueName = next((name for name in QUEUES if name == queue), QUEUES[0])
    passed = int(skip) if skip.isdecimal() and len(skip) < 6 else 0
    return Spot(model=model, queue=found, skip=passed, row=row, last=last)


def _show(
    site: Site,
    request: Request,
    spot: Spot,
    *,
    as_list: bool = False,
    problems: dict[str, str] | None = None,
    sent: Form | None = None,
    status: int = 200,
) -> Response:
    ports, actor = site.ports, site.actor(request)
    spec = desk.spec_of(ports, spot.model)
    waiting = desk.queue_of(ports, spot.model, spot.queue)
    classes = desk.classes_of(ports, spot.model) if spec.task == "classification" else ()
    item = _item(site, spot, waiting)
    view = {
        "spot": spot,
        "spec": spec,
        "as_list": as_list,
        "queues": _QUEUES,
        "waiting": waiting,
        "left": max(0, len(waiting) - spot.skip),
        "most": desk.MOST,
        "item": item,
        "picture": None if item is None else picture_feature(item.prediction.features),
        "before": None if item is None else desk.said_of(ports, spot.model, item.prediction.id),
        "address": address_of_answered,
        "choices": [(one, KEYS[place] if place < len(KEYS) else "") for place, one in enumerate(classes)],
        "last": _last(site, spot),
        "progress": desk.progress_of(ports, spot.model, actor=actor, now=site.clock()),
        "quarantines": ports.quarantines.page(spot.model, 50),
        "actor": actor,
        "shown_answer": desk.shown_answer,
        "disagreeing": desk.disagreeing,
        "picture_of": lambda one: picture_feature(one.prediction.features) is not None,
        "problems": problems or {},
        "sent": sent or Form(),
    }
    place = Place(section="model", model=spot.model, tab="labelling")
    return site.page(request, "model_labelling.html", view, place=place, status=status)


_QUEUES = {
    "unsure": ("Least certain", "What the model abstained from comes first, then what it was least sure of."),
    "audit": ("Audit sample", "Drawn at random, so that what they say stands for all rows."),
    "suspects": ("Suspected label errors", "The model all but rules out what the label says: one of both is wrong."),
    "contradicted": ("Contradicted", "Two sources called the row by different names: a third look decides."),
}


def _item(site: Site, spot: Spot, waiting: list[Waiting]) -> Waiting | None:
    if spot.row:
        return desk.waiting_row(site.ports, spot.model, spot.row)
    return waiting[spot.skip] if spot.skip < len(waiting) else None


def _last(site: Site, spot: Spot) -> desk.Said | None:
    """What was said of the row that was done last; None where the address names none that there is."""
    try:
        return desk.said_of(site.ports, spot.model, spot.last) if spot.last else None
    except NotFound:
        return None


def _value(form: Form, *, is_number: bool) -> Answer:
    """What a person says is true. Raises Mistakes."""
    if is_number:
        text = form.get("number").replace(",", ".")
        try:
            value = float(text)
        except ValueError as error:
            raise Mistakes({"number": "Give a number, such as 12.5."}) from error
        if not math.isfinite(value):
            raise Mistakes({"number": "Give a finite number."})
        return value
    return class_name(form.text("value", needed=True, at_most=LONGEST_CLASS))


def _keep(site: Site, request: Request, spot: Spot, value: Answer) -> None:
    """Store it as the API stores labels, the person as its source. Raises NotFound where there is no such row."""
    site.ports.predictions.get(spot.model, spot.row)
    source = site.actor(request)[:LONGEST_SOURCE]
    label = Label(model=spot.model, prediction_id=spot.row, value=value, time=site.clock(), source=source)
    site.ports.labels.add([label])
    site.door.labels_came(request, spot.model)
