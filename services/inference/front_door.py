"""What the dashboard is given to guard its pages as the API is guarded: roles, who was let in, and sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from services.inference.access import Access, NeededRole, Principal
from services.inference.problems import Problem
from services.inference.roles import admitted, requires


class FrontDoor:
    """The door of one service, found on the app that answers."""

    def __init__(self, session_seconds: int) -> None:
        self.session_seconds = session_seconds

    def requires(self, role: NeededRole) -> Any:
        """The dependency that lets in only who has the role."""
        return requires(role)

    def visitor(self, request: Request) -> Principal | None:
        """Whom `requires` let in; None on public routes, and where nobody was."""
        found = admitted(request)
        return found if found is not None and found.roles else None

    def reader(self, request: Request) -> Principal | None:
        """Who asks, if they may read."""
        client = request.client.host if request.client else None
        try:
            return _access(request).admit(request.scope["headers"], "read", client)
        except Problem:
            return None

    def sign_in(self, request: Request, secret: str) -> str | None:
        """The token of a new session for a key's secret; None when no such key is in force."""
        return _access(request).start_session(secret.encode("utf-8", "replace"))

    def is_open(self, request: Request) -> bool:
        """Whether nobody is asked for a key."""
        return _access(request).open

    def when_leaving(self, request: Request, act: Callable[[], None]) -> None:
        """Call `act` when the service is told to stop, before it waits for open answers to end."""
        request.app.state.when_leaving.add(act)

    def labels_came(self, request: Request, model: str) -> None:
        """The alarm about lost accuracy follows labels from the pages as it follows those from the API."""
        request.app.state.service.watching.notice(model)


def _access(request: Request) -> Access:
    access = request.app.state.service.access
    assert isinstance(access, Access)
    return access
