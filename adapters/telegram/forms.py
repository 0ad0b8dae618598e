"""Decide in which form an answer is shown in a chat: text, a draft while it grows, or a rich message."""

from dataclasses import dataclass, field
from typing import Literal

from adapters.telegram.rich import wants_rich


def is_group(chat: str) -> bool:
    """Tell whether the chat with this id is a group or channel: its id is negative (Bot API, Chat)."""
    return chat.startswith("-")


@dataclass
class Forms:
    """Tells which forms a chat takes besides text. A form that a chat refused is added to `refused`, not tried again.

    `drafts`: growing answers in private chats are drafts (Bot API, sendMessageDraft). `rich`: complete answers are rich
    messages (sendRichMessage), which some apps cannot show: never, where there is a table or a formula, or always.
    """

    drafts: bool = False
    rich: Literal["off", "auto", "on"] = "off"
    refused: set[tuple[str, str]] = field(default_factory=set)

    def takes_drafts(self, chat: str) -> bool:
        """Tell whether a growing answer is shown as a draft in the chat with this id."""
        return self.drafts and not is_group(chat) and ("drafts", chat) not in self.refused

    def takes_rich(self, chat: str, markdown: str) -> bool:
        """Tell whether this chunk of an answer is shown as a rich message in the chat with this id."""
        wanted = self.rich == "on" or (self.rich == "auto" and wants_rich(markdown))
        return wanted and ("rich", chat) not in self.refused
