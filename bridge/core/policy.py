"""Define how the operator wants the bridge to behave, as one value that is made from the settings."""

from dataclasses import dataclass, field

from bridge.access import Access, Limits
from bridge.model import Options

MOST_WAITING = 20
"""The most questions that may wait in one conversation, and of one person in all shared ones."""

MOST_WAITING_EACH = 5
"""The most questions of one person that may wait in one conversation that is shared."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Holds the operator's decisions. By default everybody may talk, nothing is held and nothing is deleted.

    options: how a question is asked where people chose nothing.
    buttons: True if answers have buttons.
    most_waiting: how many questions may wait in one conversation, and of one person in all shared ones; further ones
        are refused. Beyond it, who waits for nothing yet may still ask one question.
    most_waiting_each: how many questions of one person may wait in one conversation that is shared.
    access: who may talk.
    limits: how many questions people may ask.
    everybody_chooses: True if everybody may change the options of a shared conversation, not only admins.
    hold_seconds: how long a question is held while Qwen needs the operator; 0: it is refused at once.
    resume_seconds: the age up to which a restart answers a waiting question by itself; 0: any age.
    keep_days: the age, in days, at which the texts of questions and answers are deleted; 0: never.
    notice: what the operator wants people to know, in Markdown; /help says it.
    """

    options: Options = field(default_factory=Options)
    buttons: bool = True
    most_waiting: int = MOST_WAITING
    most_waiting_each: int = MOST_WAITING_EACH
    access: Access = field(default_factory=Access)
    limits: Limits = field(default_factory=Limits)
    everybody_chooses: bool = False
    hold_seconds: float = 0.0
    resume_seconds: float = 0.0
    keep_days: int = 0
    notice: str = ""
