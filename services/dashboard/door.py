"""Who may come in, as the pages see it: what the composition root hands them. It knows no key and no header."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

from starlette.requests import Request

from infra.domain.access import AccessRole

SESSION_COOKIE = "keepsharp_session"


class Visitor(Protocol):
    """Who asks for a page. `known` is False where nobody was asked who they are."""

    @property
    def name(self) -> str: ...
    @property
    def known(self) -> bool: ...
    def may(self, role: AccessRole, /) -> bool:
        """Whether the visitor has the role."""
        ...


class Door(Protocol):
    """Guards pages as it guards the API."""

    def requires(self, role: AccessRole | Literal["public"], /) -> Any:
        """The FastAPI dependency that lets in only who has a role, and gives the Visitor."""
        ...

    def visitor(self, request: Request, /) -> Visitor | None:
        """Whom `requires` let in; None where the route is public or nobody was let in."""
        ...

    def reader(self, request: Request, /) -> Visitor | None:
        """Who asks, if they may read: for pages that no guard stood before, or that one turned away from."""
        ...

    def sign_in(self, request: Request, secret: str, /) -> str | None:
        """The value of a session's cookie for an API key; None when no such key is in force."""
        ...

    def is_open(self, request: Request, /) -> bool:
        """Whether nobody is asked for a key, so that there is nothing to sign in to."""
        ...

    def when_leaving(self, request: Request, act: Callable[[], None], /) -> None:
        """Call `act` when the service is told to stop, before it waits for open answers to end."""
        ...

    def labels_came(self, request: Request, model: str, /) -> None:
        """A person labelled a row of this model: whoever follows the labels looks at once."""
        ...

    session_seconds: int
    """How long a session lasts."""
