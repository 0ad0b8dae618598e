"""Completion at the prompt: the names of commands, and of models behind /model."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bridge import TABLE

MODEL = "/model "

Models = Callable[[str], Awaitable[list[str]]]
"""Returns the ids of the models that contain all words; see Intake.models."""


class CommandCompleter(Completer):
    """Completes the beginning of a command, as `/mo` to `/model `, and a part of a model's id behind `/model `."""

    def __init__(self, models: Models) -> None:
        self._models = models

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Return nothing: the models come from a server, so that only get_completions_async() completes."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Yield the completions of the command or the model that ends at the cursor."""
        typed = document.text_before_cursor
        if typed.startswith(MODEL):
            begun = typed.removeprefix(MODEL)
            for model in await self._models(begun):
                yield Completion(model, -len(begun))
        elif typed.startswith("/"):
            for command in TABLE:
                if f"/{command.name}".startswith(typed):
                    follows = " " if command.takes else ""
                    yield Completion(f"/{command.name}{follows}", -len(typed), display_meta=command.help)
