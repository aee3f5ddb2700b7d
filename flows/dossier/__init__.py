"""The dossier of a run: the five questions answered, as a page for a person and as JSON, kept beside MLflow's copy.

What was not measured says so. It knows nothing of MLflow: it writes through the tracked run it is given.
"""

from __future__ import annotations

import logging
from pathlib import Path

from jinja2 import TemplateError

from flows.dossier.account import Account
from flows.dossier.composing import compose
from flows.dossier.page import dossier_page
from infra.domain.errors import KeepsharpError
from infra.dossiers import dossier_json, keep_dossier
from infra.ports import TrackedRun

__all__ = ["Account", "compose", "dossier_page", "write_dossier"]

_log = logging.getLogger(__name__)


_UNMADE = (ArithmeticError, AttributeError, KeepsharpError, LookupError, TemplateError, TypeError, ValueError)


def write_dossier(account: Account, tracked: TrackedRun, artifacts: Path) -> str | None:
    """Keep `dossier/dossier.html` and `dossier/dossier.json` with the run, and both among our own artifacts.

    What goes wrong with it costs the page, not the run, since the decision is made: it comes back as a sentence. A disk
    that takes nothing more costs our own copy alone.
    """
    try:
        dossier = compose(account)
        page = dossier_page(dossier)
    except _UNMADE as problem:
        _log.exception("the dossier of run %s of %s could not be made", account.run.id, account.run.model)
        return f"the dossier could not be made ({type(problem).__name__}: {problem})"
    try:
        keep_dossier(artifacts, dossier, page)
    except OSError:
        _log.exception("the dossier of run %s of %s is with the tracker alone", dossier.run, dossier.model)
    tracked.text(page, "dossier/dossier.html")
    tracked.text(dossier_json(dossier), "dossier/dossier.json")
    tracked.tags({"keepsharp.dossier": dossier.schema, "keepsharp.headline": dossier.headline})
    return None
