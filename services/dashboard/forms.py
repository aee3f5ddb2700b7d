"""What a person sends: the fields of one form, read within limits, and proof that our own page made it.

The token is bound to a cookie of the same browser. It differs on every page, so that compressed pages leak nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from infra.signing import Signer

MOST_BYTES = 64_000
MOST_FIELDS = 200
TOKEN_FIELD = "csrf"  # noqa: S105 - the field's name
VISIT_COOKIE = "keepsharp_visit"
_KIND = "application/x-www-form-urlencoded"


class Rejected(Exception):
    """A form that is not looked at: `status` is HTTP's, the text is for the person."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Mistakes(Exception):
    """Fields that cannot be used: {field: what to do}. The page shows the form again with each beside its field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True, kw_only=True)
class Form:
    """The fields of one form; those sent several times have their first value here, all of them in `several`."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The field without the white space around it; empty when it was not sent."""
        return self.fields.get(name, ("",))[0].strip()

    def several(self, name: str) -> tuple[str, ...]:
        """Every value of a field, as of check boxes."""
        return self.fields.get(name, ())

    def text(self, name: str, *, needed: bool = False, at_most: int = 1000) -> str:
        """A field of words.

        Raises:
            Mistakes: it is empty though needed, too long, or holds what cannot be printed.
        """
        value = self.get(name).replace("\r\n", "\n")
        if needed and not value:
            raise Mistakes({name: "Say it in a few words."})
        if len(value) > at_most:
            raise Mistakes({name: f"{len(value)} characters: at most {at_most} are kept."})
        if any(not (sign.isprintable() or sign in "\n\t") for sign in value):
            raise Mistakes({name: "There is a sign in it that cannot be printed: type it anew."})
        return value

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of a few words. Raises Mistakes for any other."""
        value = self.get(name)
        if value not in allowed:
            raise Mistakes({name: f"Choose one of {', '.join(allowed)}."})
        return value


@contextmanager
def collecting(problems: dict[str, str]) -> Iterator[None]:
    """Note the mistakes of one field and go on to the next; the caller raises Mistakes when some were noted."""
    try:
        yield
    except Mistakes as mistakes:
        problems.update(mistakes.problems)


def new_visit() -> str:
    """A value for the cookie that tokens are bound to."""
    return secrets.token_urlsafe(18)


def token_for(signer: Signer, visit: str) -> str:
    """What a form of ours carries."""
    salt = secrets.token_urlsafe(9)
    return f"{salt}.{signer.sign('form', f'{salt}.{visit}')}"


def read_form(kind: str, body: bytes) -> Form:
    """The fields of a body.

    Raises:
        Rejected: 415 another content type; 413 too many bytes or fields; 400 not UTF-8.
    """
    if kind.partition(";")[0].strip().lower() != _KIND:
        raise Rejected(415, f"A form is sent as {_KIND}.")
    if len(body) > MOST_BYTES:
        raise Rejected(413, f"The form is larger than {MOST_BYTES:,} bytes: shorten what you wrote.")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="utf-8", errors="strict"
        )
    except UnicodeDecodeError as error:
        raise Rejected(400, "The form is not UTF-8: send it from the page.") from error
    except ValueError as error:
        raise Rejected(413, f"The form has more than {MOST_FIELDS} fields: send it from the page.") from error
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    return Form(fields=fields)


def require_token(signer: Signer, form: Form, visit: str) -> None:
    """Raise Rejected unless a page of ours in the same browser made the form."""
    salt, _, signature = form.get(TOKEN_FIELD).partition(".")
    if not visit or not signer.holds("form", f"{salt}.{visit}", signature):
        raise Rejected(
            403,
            "This form did not come from a page of this dashboard in this browser: load the page anew, with cookies.",
        )
