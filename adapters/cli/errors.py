"""The end of a command that fails: a message on standard error instead of a traceback, and an exit code."""

import errno
import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn

import click

from bridge.errors import BridgeError, CutOff, Stalled
from bridge.runtime import log

FULL = (errno.ENOSPC, errno.EDQUOT)
"""The error numbers of a device without room."""

PIPE_CLOSED = 141
"""The exit code that a shell reports for a program that SIGPIPE ended: 128 + 13."""


def exit_with_message(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command with its errors turned into messages on standard error and exit codes.

    BridgeError: 2, but 1 for an answer that broke off, since a part of it was printed. Ctrl-C: 130, a closed output:
    PIPE_CLOSED, a full one: 1. Anything unexpected: 1, with the error's type and place but not its message, which may
    hold what somebody wrote.
    """

    @wraps(command)
    def wrapped(**options: object) -> None:
        try:
            command(**options)
        except BridgeError as error:
            click.echo(error.sentence + (f" ({error.remedy})" if error.remedy else ""), err=True)
            sys.exit(1 if isinstance(error, CutOff | Stalled) else 2)
        except KeyboardInterrupt:
            sys.exit(130)
        except BrokenPipeError:
            _drop_output()
            sys.exit(PIPE_CLOSED)
        except click.ClickException:
            raise
        except OSError as error:
            if error.errno not in FULL:
                _fail(error)
            click.echo(f"Can't write the output: {os.strerror(error.errno)}.", err=True)
            _drop_output()
            sys.exit(1)
        except Exception as error:  # noqa: BLE001  nothing may end in a traceback
            _fail(error)

    return wrapped


def _fail(error: Exception) -> NoReturn:
    found = " ".join(f"{name}={value}" for name, value in log.fingerprint(error).items())
    click.echo(f"Something went wrong inside Qwen Bridge. Please report this line: {found}", err=True)
    sys.exit(1)


def _drop_output() -> None:
    """Send what is still buffered nowhere: Python would fail once more when it flushes the output at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
