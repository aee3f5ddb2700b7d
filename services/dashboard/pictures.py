"""Where the pictures among features are shown from: addresses of our own, so that no page grows by what it shows.

It knows features and addresses; the route is `pages/pictures.py`.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from infra.domain.errors import NotFound
from infra.domain.values import Features
from infra.model.pictures import PNG_BEGINS, plain_png


def picture_feature(features: Features) -> str | None:
    """The name of the first feature that is a picture; None where there is none.

    >>> picture_feature({"side": "left", "image": "iVBORw0KGgoAAA"}), picture_feature({"side": "left"})
    ('image', None)
    """
    return next((name for name, value in features.items() if is_picture(value)), None)


def is_picture(value: object) -> bool:
    """Whether a feature's value is the base64 text of a PNG, as far as its beginning tells."""
    return isinstance(value, str) and value.startswith(PNG_BEGINS)


def address_of_answered(model: str, prediction_id: str) -> str:
    """The picture of a stored prediction; the id is a query, since it may hold whatever a client sent."""
    return f"/models/{quote(model, safe='')}/picture?{urlencode({'row': prediction_id})}"


def address_of_corrected(model: str, run_id: str, place: int, *, saliency: bool = False) -> str:
    """The picture of a row in a run's ledger of corrections, or where its answer hung on it."""
    what = "saliency" if saliency else "picture"
    return f"/models/{quote(model, safe='')}/runs/{quote(run_id, safe='')}/rows/{place}/{what}"


def png_of(value: object) -> bytes:
    """The picture as a file of pixels alone.

    Raises:
        NotFound: it is none that can be shown.
    """
    try:
        return plain_png(value)
    except ValueError as error:
        raise NotFound("This row has no picture that can be shown.") from error
