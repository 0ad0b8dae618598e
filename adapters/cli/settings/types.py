"""Types of the settings that belong to no adapter, each with the error message for an invalid value."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from adapters.common.settings import secret
from bridge.store.connection import MEMORY


def _database(value: str) -> str:
    if value == MEMORY or (value.startswith("sqlite:///") and len(value) > len("sqlite:///")):
        return value
    raise ValueError("is not the address of a SQLite file")


Pasted = Annotated[SecretStr, secret(r"[^\x00-\x1f\x7f]+", "holds a line break or another control character")]
"""A secret without control characters, as it is copied from the browser."""

Count = Annotated[int, Field(ge=0, le=1_000_000)]
"""A number of questions; 0 is no limit."""

Database = Annotated[str, AfterValidator(_database)]
"""The address of a SQLite database: sqlite:/// and a path, or MEMORY."""
