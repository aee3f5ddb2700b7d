"""The alert about a version that could not take over its post: opened once, closed when the post is settled.

It knows alerts and posts, not why or when a version is loaded.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from infra.domain.alerts import Alert
from infra.ports import Alerts
from services.inference.posts import Post
from services.inference.predictor import Serving

RULE = "reload_failed"
BESIDE_RULE = "shadow_reload_failed"
"""Of a challenger or a simple model: nothing that is answered suffers."""


def open_alert(alerts: Alerts, post: Post, problem: str, standing: Serving | None) -> None:
    """Open one, unless one stands: a person may have acknowledged it."""
    if not any(alert.dedup_key == _key(post) for alert in alerts.unresolved(post.model)):
        alerts.save(_alert(post, problem, standing))


def close_alert(alerts: Alerts, post: Post, note: str) -> None:
    """Resolve the one about this post, if any."""
    for alert in alerts.unresolved(post.model):
        if alert.dedup_key == _key(post):
            at = max(alert.updated_at, post.since)
            alerts.save(replace(alert, state="resolved", resolved_at=at, updated_at=at, silenced_until=None, note=note))


def _key(post: Post) -> str:
    return f"{post.model}:{RULE}" if post.role == "champion" else f"{post.model}:{BESIDE_RULE}:{post.role}"


def _alert(post: Post, problem: str, standing: Serving | None) -> Alert:
    if post.role != "champion":
        kept = f"it answers nothing as {post.role}, and the champion goes on serving"
    else:
        kept = f"version {standing.version} goes on serving" if standing else "nothing serves this model"
    named = f"Version {post.version}" if post.role != "simple" else "The frozen simple model"
    return Alert(
        id=sha256(f"{_key(post)}:{post.sha256}:{post.since.isoformat()}".encode()).hexdigest()[:16],
        model=post.model,
        rule=RULE if post.role == "champion" else BESIDE_RULE,
        severity="critical" if post.role == "champion" else "warning",
        state="open",
        dedup_key=_key(post),
        opened_at=post.since,
        updated_at=post.since,
        message=f"{named} could not be loaded, {kept}: {problem}",
        evidence={"version": post.version, "serving": standing.version if standing else None},
    )
