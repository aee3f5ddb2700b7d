"""Which role a route needs, declared on the route itself: `dependencies=[requires("read")]`.

The declaration is also the guard: FastAPI runs it before the route, by the route and not by the text of the path.
`declared_roles` holds every route to it. Whom a role is given to is the matter of `access`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.requests import Request
from starlette.routing import BaseRoute

from services.inference.access import Access, NeededRole, Principal

_ADMITTED = "keepsharp.principal"


@dataclass(frozen=True, slots=True)
class Requirement:
    """The role that one route needs; called with a request it is the guard."""

    role: NeededRole

    async def __call__(self, request: Request) -> Principal:
        """Who asks, when they may; counted once for each request. Raises Problem as `Access.admit` does."""
        admitted = request.scope.get(_ADMITTED)
        if admitted is None:
            access: Access = request.app.state.service.access
            client = request.client.host if request.client else None
            admitted = request.scope[_ADMITTED] = access.admit(request.scope["headers"], self.role, client)
        assert isinstance(admitted, Principal)
        return admitted


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclaredRole:
    """One route and the role it needs."""

    methods: frozenset[str]
    path: str
    role: NeededRole


def requires(role: NeededRole) -> Any:
    """What a route puts among its `dependencies`, or as the default of a parameter that wants to know who asks."""
    return Depends(Requirement(role))


def admitted(request: Request) -> Principal | None:
    """Whom a guard let in; None where none has run yet."""
    found = request.scope.get(_ADMITTED)
    return found if isinstance(found, Principal) else None


async def admit_before_reading(route: APIRoute, request: Request) -> None:
    """Run a route's guard now: FastAPI itself reads the body first, also of a caller that it then turns away."""
    for requirement in _requirements(route.dependant):
        await requirement(request)


def declared_roles(routes: Sequence[BaseRoute]) -> list[DeclaredRole]:
    """Every route with its role.

    Raises:
        ValueError: some do not declare exactly one; all of them are named.
    """
    declared, problems = [], []
    for route in iter_route_contexts(routes):
        methods, path = frozenset(route.methods or ()), route.path or "/"
        roles = {requirement.role for requirement in _requirements_of(route)}
        if len(roles) == 1:
            declared.append(DeclaredRole(methods=methods, path=path, role=roles.pop()))
        else:
            problems.append(f"{'/'.join(sorted(methods)) or 'every method'} {path} declares {sorted(roles) or 'none'}")
    if problems:
        raise ValueError(
            f"each route declares exactly one role, and {'; '.join(problems)}: "
            'give the route `dependencies=[requires("read")]`, or the role it needs'
        )
    return declared


def _requirements_of(route: RouteContext) -> list[Requirement]:
    """None for what is no route of FastAPI's, such as a mounted app: nothing would guard it."""
    return _requirements(route.dependant) if isinstance(route.original_route, APIRoute) else []


def _requirements(dependant: Dependant) -> list[Requirement]:
    found: list[Requirement] = []
    for part in dependant.dependencies:
        if isinstance(part.call, Requirement):
            found.append(part.call)
        found += _requirements(part)
    return found
