"""Telling a person something in private, as the operator's admins are told: by the adapters, over sockets."""

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.sandbox.discord import FakeDiscord
from adapters.sandbox.telegram import FakeTelegram
from adapters.telegram.adapter import TelegramAdapter
from bridge import CannotShow, ConversationKey


async def test_an_admin_is_told_on_discord(discord: FakeDiscord) -> None:
    ann = discord.user("ann")
    discord.guild().join(ann)
    async with DiscordAdapter(discord.token, discord.api_url, discord.gateway_url) as adapter:
        await adapter.tell(ann.id, "Qwen needs you.")
        with pytest.raises(CannotShow):
            await adapter.tell("1234567890123456", "Nobody has this id.")
    assert [message.content for message in discord.answers(discord.dm(ann))] == ["Qwen needs you."]


async def test_an_admin_is_told_on_telegram_if_they_ever_started_the_bot(telegram: FakeTelegram) -> None:
    ann, stranger = telegram.user("Ann"), telegram.user("Stranger")
    chat = telegram.private(ann)
    telegram.private(stranger).started = False
    async with TelegramAdapter(telegram.token, telegram.url) as adapter:
        await adapter.tell(str(ann.id), "Qwen **needs** you.")
        with pytest.raises(CannotShow):
            await adapter.tell(str(stranger.id), "Qwen needs you.")
    assert [message.text for message in telegram.answers(chat)] == ["Qwen needs you."]


async def test_a_mark_on_a_message_that_is_gone_fails_quietly(discord: FakeDiscord, telegram: FakeTelegram) -> None:
    channel = discord.guild().channel("general")
    async with DiscordAdapter(discord.token, discord.api_url, discord.gateway_url) as adapter:
        await adapter.decline(ConversationKey("discord", channel.id), "1234567890123456", "full")
    assert discord.requests[-1].status == 404
    chat = telegram.private(telegram.user("Ann"))
    async with TelegramAdapter(telegram.token, telegram.url) as other:
        await other.decline(ConversationKey(other.platform, str(chat.id)), "99", "denied")
    assert telegram.calls("setMessageReaction")[-1].status == 400
