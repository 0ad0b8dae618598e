"""Types of the settings that no adapter has, each with what is said of a value that is none."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from adapters.common.settings import secret
from bridge.store.connection import MEMORY


def _database(value: str) -> str:
    if value == MEMORY or (value.startswith("sqlite:///") and len(value) > len("sqlite:///")):
        return value
    raise ValueError("is not the address of a SQLite file")


Pasted = Annotated[SecretStr, secret(r"[^\x00-\x1f\x7f]+", "holds a line break or another control character")]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Database = Annotated[str, AfterValidator(_database)]
