"""Parse the updates that wait on the pretended Telegram with the real python-telegram-bot."""

from telegram import Bot, Message, Update

from adapters.sandbox.telegram import FakeTelegram


async def updates(bot: Bot, telegram: FakeTelegram) -> list[Update]:
    """What is pending, confirmed at once."""
    seen: list[Update] = []
    while telegram.pending:
        seen += await bot.get_updates(seen[-1].update_id + 1 if seen else telegram.confirmed_offset)
        if len(seen) and seen[-1].update_id + 1 == telegram.updates.next_id:
            await bot.get_updates(telegram.updates.next_id)
    return seen


async def heard(bot: Bot, telegram: FakeTelegram) -> list[Message]:
    """The messages among it, edited ones too."""
    return [message for update in await updates(bot, telegram) if (message := update.message or update.edited_message)]
