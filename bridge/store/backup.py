"""Copy the database while a bridge may be using it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bridge.errors import CannotStart
from bridge.store.connection import path_of


def backup(url: str, target: Path) -> None:
    """Copy the database at `url` to a new file that only the operator can read. Blocks.

    Raises CannotStart if there is no database, or the copy cannot be written.
    """
    path = path_of(url)
    if not path or not Path(path).is_file():
        raise CannotStart(f"There is no database to copy at {path or url}.")
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM INTO $1", {"1": str(target)})
    except FileExistsError:
        raise CannotStart(f"{target} exists already. Name a new file for the copy.") from None
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CannotStart(f"The copy {target} cannot be written: {why}.") from error
