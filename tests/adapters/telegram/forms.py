"""Show answers in other forms than text, and read them; helpers of the tests of drafts and rich messages."""

from adapters.sandbox.qwen.wire import pieces
from adapters.sandbox.telegram import Draft, Message
from adapters.telegram.forms import Forms
from tests.adapters.stages import TelegramStage

TABLE = "Prices:\n\n| What | Price |\n|---|---|\n| tea | 2 |\n| barley | 3 |"
ALL_OF_IT = len(pieces(TABLE))
RICH_TABLE = "<p>Prices:</p><table><tr><th>What</th><th>Price</th></tr>"


async def with_forms(stage: TelegramStage, forms: Forms) -> None:
    """The process leaves, and another one starts, which shows answers in these forms."""
    await stage.stop()
    stage.forms = forms
    await stage.start()


def drafts(stage: TelegramStage) -> list[Draft]:
    return stage.telegram.drafts.shown(stage.here, stage.topic)


def only(stage: TelegramStage) -> Message:
    (answer,) = stage.telegram.answers(stage.here, stage.topic)
    return answer


async def grown(stage: TelegramStage, text: str) -> Message:
    """The one message that shows an answer in the end."""
    await stage.hears(text)
    return only(stage)
