"""Completion of what is typed at the prompt: commands, and the models that may be chosen."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bridge import TABLE

MODEL = "/model "

Models = Callable[[], Awaitable[list[str]]]
"""See Intake.models."""


class CommandCompleter(Completer):
    """Completes `/mo` to `/model`, and what follows `/model` to one of `models`."""

    def __init__(self, models: Models) -> None:
        self._models = models

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Return nothing: models are asked for, which waits."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Yield what may stand in place of the text before the cursor, or of its argument."""
        typed = document.text_before_cursor
        if typed.startswith(MODEL):
            begun = typed.removeprefix(MODEL)
            for model in await self._models():
                if model.startswith(begun):
                    yield Completion(model, -len(begun))
        elif typed.startswith("/"):
            for command in TABLE:
                if f"/{command.name}".startswith(typed):
                    follows = " " if command.takes else ""
                    yield Completion(f"/{command.name}{follows}", -len(typed), display_meta=command.help)
