"""How a command ends when something is wrong: plain lines, and an exit code."""

import os
import sys
from collections.abc import Callable
from functools import wraps

import click

from bridge.errors import BridgeError
from bridge.runtime import log

PIPE_CLOSED = 141
"""The exit code of a program that the signal SIGPIPE ends, as a shell tells it."""


def exit_with_message(command: Callable[..., None]) -> Callable[..., None]:
    """An expected error ends a command with plain lines and exit code 2."""

    @wraps(command)
    def wrapped(**options: object) -> None:
        try:
            command(**options)
        except BridgeError as error:
            click.echo(error.sentence + (f" ({error.remedy})" if error.remedy else ""), err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            sys.exit(130)
        except BrokenPipeError:  # whoever read the output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(PIPE_CLOSED)
        except click.ClickException:
            raise
        except Exception as error:  # noqa: BLE001  a fault of ours: its place, but never its words
            found = " ".join(f"{name}={value}" for name, value in log.fingerprint(error).items())
            click.echo(f"Qwen Bridge failed by a fault of its own. Please report this line: {found}", err=True)
            sys.exit(1)

    return wrapped
