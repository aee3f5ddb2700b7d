"""One frozen Settings, read from KEEPSHARP_* in the environment."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from infra.domain.access import AccessRole
from infra.secret_files import SecretFiles


class Settings(BaseSettings):
    """Where keepsharp keeps things and what it listens on.

    Everything lies under `home` unless told otherwise: the database, MLflow, Prefect, snapshots, artifacts. What is
    secret, or has a password in it, can come from a file that `KEEPSHARP_…_FILE` names (`infra.secret_files`), and
    stands in no representation of this.
    """

    model_config = SettingsConfigDict(
        env_prefix="KEEPSHARP_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    home: Path = Path(".keepsharp")
    """Where everything lies that has no address of its own."""
    database_url: str = Field("", repr=False)
    """SQLAlchemy URL; empty: SQLite under `home`."""
    mlflow_uri: str = Field("", repr=False)
    """MLflow tracking and registry URI; empty: SQLite under `home`."""
    host: str = "127.0.0.1"
    """The address that the service listens on; on any but loopback callers are asked for a key."""
    port: int = 8000
    """The port that it listens on."""
    allow_public: bool = False
    """With `access` open: serve others all the same, because a proxy in front asks who they are."""
    access: Literal["auto", "keys", "open"] = "auto"
    """`keys` asks every caller for one, `open` nobody; `auto` is `open` on loopback and `keys` elsewhere."""
    requests_per_minute: PositiveInt = 60_000
    """For each key that has no limit of its own."""
    trusted_proxy_header: str = ""
    """The request header in which a proxy that signs people in names them, such as `X-Forwarded-User`; empty: none."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks (`10.0.0.0/8`) of such proxies; the header counts from nowhere else."""
    trusted_proxy_roles: tuple[AccessRole, ...] = ("read",)
    """What those people may do, unless the next header says it for each."""
    trusted_proxy_roles_header: str = ""
    """A header with the roles of the person, by commas; other words in it count for nothing."""
    signing_secret: str = Field("", repr=False)
    """Signs the dashboard's sessions and forms; empty: a file in `home`. Replicas without a common home need one."""
    session_hours: PositiveInt = 12
    """How long somebody who signed in to the dashboard stays so."""
    targets: dict[str, str] = Field({}, repr=False)
    """Where notices go, by name: an Apprise URL (`slack://…`, `mailto://…`) or a webhook (`https://…`). Secrets stay
    here, out of the model file."""
    webhook_secret: str = Field("", repr=False)
    """Signs webhooks (HMAC-SHA256); without it they are sent unsigned and say so."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts that webhooks may reach though their addresses are private."""
    max_spill_bytes: int = 1_000_000_000
    """How much may wait on disk while the database is away."""
    budgets: Path | None = None
    """A file with the budgets of cost centres; those of models are in their model files."""
    data_dir: Path = Path("../shared/data")
    """Where `source: NAME` is looked for when it is not beside the model file."""
    large_history_mb: PositiveFloat = 256.0
    """A first training's history that is larger, unpacked, stays on disk and is read some rows at a time."""
    allowed_modules: tuple[str, ...] = ()
    """Modules that a model file may name for its network or baseline; none by default."""
    max_body_bytes: int = 16_000_000
    """A larger request is refused before it is read."""
    max_rows: int = 10_000
    """A request with more rows is refused."""
    trainings_at_once: PositiveInt = 1
    """Trainings of different models that run beside each other."""
    monitor_processes: PositiveInt = 1
    """Processes of this machine that count a window of more than half a million rows."""
    reload_seconds: float = 0.5
    """How often the inference service looks for a new champion."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - a file of settings is read by nobody
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours says which file by a variable
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What a caller gives counts first, then the environment, then the files that it names."""
        return init_settings, env_settings, SecretFiles(settings_cls)

    @model_validator(mode="after")
    def _proxies_are_named(self) -> Self:
        if self.trusted_proxy_header and not self.trusted_proxies:
            raise ValueError(
                "KEEPSHARP_TRUSTED_PROXY_HEADER is set, and anybody could send it: name the proxy's addresses in "
                'KEEPSHARP_TRUSTED_PROXIES, such as ["127.0.0.1"]'
            )
        for one in self.trusted_proxies:
            ipaddress.ip_network(one, strict=False)  # its ValueError names the address
        return self

    def __hash__(self) -> int:
        return hash((self.home, self.database_url, self.mlflow_uri))  # `targets` has no hash of its own

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'keepsharp.db'}"

    @property
    def mlflow(self) -> str:
        """The MLflow URI in force."""
        return self.mlflow_uri or f"sqlite:///{self.home.resolve() / 'mlflow.db'}"

    @property
    def artifacts(self) -> Path:
        """Folder for pages, reports and MLflow's artifacts."""
        return self.home.resolve() / "artifacts"

    @property
    def spill(self) -> Path:
        """Folder for predictions that wait for the database."""
        return self.home.resolve() / "spill"

    @property
    def snapshots(self) -> Path:
        """Folder for training snapshots."""
        return self.home.resolve() / "snapshots"
