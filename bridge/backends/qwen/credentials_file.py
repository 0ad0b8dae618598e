"""Keeps the credentials, as Qwen renews them, in a file that only the operator can read.

The environment is the seed: it wins when it has changed since the file was written; else the file does, which holds the
newer cookies and logins. What is written to the file while the bridge runs (`qwen-bridge login`) counts at once.
"""

import hashlib
import os
from dataclasses import asdict, fields
from pathlib import Path

import orjson
import structlog

from bridge.backends.qwen.credentials import Credentials

log = structlog.get_logger(__name__)

NOTHING = Credentials()
"""Stands for an environment without credentials."""


class CredentialsFile:
    """Reads and writes the file at `path` (None: nothing is kept). `seed`: the credentials of the environment."""

    def __init__(self, path: Path | None, seed: Credentials = NOTHING) -> None:
        self.path = path
        self._seed = seed
        self._written = 0

    def load(self) -> Credentials:
        """Return the credentials to start with: those of the file, unless the environment has changed since."""
        kept = self._read()
        if kept is None or (self._seed != NOTHING and kept[0] != fingerprint(self._seed)):
            return self._seed
        return kept[1]

    @property
    def touched(self) -> bool:
        """Tell whether another process has written the file since this one last read or wrote it."""
        return self.path is not None and self._stamp() != self._written

    def changed(self) -> Credentials | None:
        """Return what another process has written since, and keep it as this environment's; None where none has."""
        if not self.touched:
            return None
        kept = self._read()
        if kept is None:
            return None
        self.keep(kept[1])
        return kept[1]

    def keep(self, credentials: Credentials) -> bool:
        """Write credentials to the file, whole or not at all. False where they are not kept; the log says why."""
        if self.path is None:
            return False
        body = orjson.dumps({"seed": fingerprint(self._seed), "credentials": asdict(credentials)})
        fresh = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(body)
            fresh.replace(self.path)
        except OSError as error:
            log.warning(f"The credentials file {self.path} cannot be written: {error.strerror}.")
            return False
        self._written = self._stamp()
        return True

    def _read(self) -> tuple[str, Credentials] | None:
        """Return the fingerprint of the seed, and the credentials; None where the file is missing or cannot be read."""
        self._written = self._stamp()
        if self.path is None:
            return None
        try:
            kept = orjson.loads(self.path.read_bytes())
            names = {field.name for field in fields(Credentials)}
            values = {name: str(value) for name, value in kept["credentials"].items() if name in names}
            return str(kept["seed"]), Credentials(**values)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            log.warning(f"The credentials file {self.path} cannot be read; `qwen-bridge login` writes it anew.")
            return None

    def _stamp(self) -> int:
        """Return when the file was written (nanoseconds), 0 without one: it tells one writing from the next."""
        try:
            return self.path.stat().st_mtime_ns if self.path else 0
        except OSError:
            return 0


def fingerprint(credentials: Credentials) -> str:
    """Return a digest that tells whether credentials are the same, and nothing about them."""
    return hashlib.sha256(orjson.dumps(asdict(credentials))).hexdigest()
