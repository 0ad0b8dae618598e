"""Keeps what Qwen renewed: the pasted credentials in a file that only the operator can read.

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


class CredentialsFile:
    """`path` is the file (None: nothing is kept), `seed` what the environment gives."""

    def __init__(self, path: Path | None, seed: Credentials = NOTHING) -> None:
        self._path = path
        self._seed = seed
        self._written = 0

    def load(self) -> Credentials:
        """The credentials to start with."""
        kept = self._read()
        if kept is None or (self._seed != NOTHING and kept[0] != fingerprint(self._seed)):
            return self._seed
        return kept[1]

    @property
    def touched(self) -> bool:
        """Whether somebody else has written since."""
        return self._path is not None and self._stamp() != self._written

    def changed(self) -> Credentials | None:
        """What somebody else has written since, which is then kept as this environment's; None when nobody has."""
        if not self.touched:
            return None
        kept = self._read()
        if kept is None:
            return None
        self.keep(kept[1])
        return kept[1]

    def keep(self, credentials: Credentials) -> bool:
        """Write them, whole or not at all; whether they are kept. What cannot be written is said in the log."""
        if self._path is None:
            return False
        body = orjson.dumps({"seed": fingerprint(self._seed), "credentials": asdict(credentials)})
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(body)
            fresh.replace(self._path)
        except OSError as error:
            log.warning(f"The credentials file {self._path} cannot be written: {error.strerror}.")
            return False
        self._written = self._stamp()
        return True

    def _read(self) -> tuple[str, Credentials] | None:
        """The fingerprint of the seed and the credentials; None where there is no such file, or none of ours."""
        self._written = self._stamp()
        if self._path is None:
            return None
        try:
            kept = orjson.loads(self._path.read_bytes())
            names = {field.name for field in fields(Credentials)}
            values = {name: str(value) for name, value in kept["credentials"].items() if name in names}
            return str(kept["seed"]), Credentials(**values)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            log.warning(f"The credentials file {self._path} cannot be read; `qwen-bridge login` writes it anew.")
            return None

    def _stamp(self) -> int:
        """Tells one writing of the file from the next."""
        try:
            return self._path.stat().st_mtime_ns if self._path else 0
        except OSError:
            return 0


def fingerprint(credentials: Credentials) -> str:
    """Tells whether credentials are the same, and nothing about them."""
    return hashlib.sha256(orjson.dumps(asdict(credentials))).hexdigest()
