"""How the operator wants the bridge to behave: one value, read from the settings once."""

from dataclasses import dataclass, field

from bridge.access import Access, Limits
from bridge.model import Options

MOST_WAITING = 20
"""More questions than this in one conversation nobody waits for."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The defaults are those of a trial: everybody may talk, nothing is held, nothing is deleted.

    options: how a question is asked where nobody chose otherwise.
    buttons: whether answers have buttons.
    most_waiting: how many questions may wait in one conversation; more are refused with a sentence.
    access, limits: who may talk, and how often.
    everybody_chooses: whether all may change a shared conversation's options, not admins alone.
    hold_seconds: how long a question is held while Qwen wants its operator; 0: it is refused at once.
    resume_seconds: what an earlier process left longer ago than this is only answered on request; 0: however old it is.
    keep_days: after how many days the words of questions and answers are deleted; 0: never.
    """

    options: Options = field(default_factory=Options)
    buttons: bool = True
    most_waiting: int = MOST_WAITING
    access: Access = field(default_factory=Access)
    limits: Limits = field(default_factory=Limits)
    everybody_chooses: bool = False
    hold_seconds: float = 0.0
    resume_seconds: float = 0.0
    keep_days: int = 0
