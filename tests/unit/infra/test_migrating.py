from __future__ import annotations

from alembic.config import Config
from alembic.script import ScriptDirectory

from infra.migrating import known_revisions


def test_the_names_of_the_files_tell_the_revisions_and_their_order_as_alembic_does() -> None:
    config = Config()
    config.set_main_option("script_location", "infra:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert known_revisions() == [script.revision for script in scripts.walk_revisions()][::-1]
    assert known_revisions()[-1] == scripts.get_current_head()
