"""Brings a database to the schema of this program, in one transaction: all of it or nothing."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from nvr_core.state import sqlite
from nvr_core.state.errors import Unusable
from nvr_core.state.steps import Step, onward
from nvr_core.state.tables import metadata


def upgrade(engine: Engine, scripts: Path, step: Step = onward) -> None:
    """Run every migration that the database lacks. Raises Unusable; it is as before then."""
    # Loaded only when something is due: it costs a quarter of a start-up.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    # It tells of its own workings; what is done here, `opening` says.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    # Percent signs are Alembic's interpolation.
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    directory = ScriptDirectory.from_config(config)

    def due(revision: Any, _context: Any) -> Any:
        return directory._upgrade_revs("head", revision)  # noqa: SLF001 - what env.py files call

    def applied(**said: Any) -> None:
        step(f"upgrade: {said['step'].up_revision_id}")

    step("upgrade: begin")
    with engine.connect() as connection, connection.begin():
        with EnvironmentContext(config, directory, fn=due, destination_rev="head") as environment:
            environment.configure(
                connection=connection,
                target_metadata=metadata,
                render_as_batch=True,
                on_version_apply=applied,  # type: ignore[arg-type] # called by names only
            )
            environment.run_migrations()
        if connection.dialect.name == "sqlite" and (broken := sqlite.broken_keys(connection)):
            raise Unusable(
                f"The upgrade of the catalogue was taken back: rows of {', '.join(broken)} would "
                "point nowhere. Run the version before, and report this."
            )
        step("upgrade: commit")
    step("upgrade: committed")
