"""A pretended Discord for trials and tests: REST v10, gateway and CDN on 127.0.0.1, as strict as the real one.

The real discord.py talks to it; only its two addresses are changed::

    async with FakeDiscord() as discord:
        monkeypatch.setattr("discord.http.Route.BASE", discord.api_url)
        monkeypatch.setattr("discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY", yarl.URL(discord.gateway_url))
        guild = discord.guild()
        channel = guild.channel("general")
        ada = discord.user("ada")
        client = MyClient(intents=..., guild_ready_timeout=0.05)  # on_ready comes after this silence, 2 s by default
        running = asyncio.create_task(client.start(discord.token))
        await discord.connected()
        question = await discord.say(channel, ada, f"{discord.bot.mention} hello")
        (answer,) = await discord.until(lambda: discord.answers(channel))
        assert answer.reference == question.id and answer.pinged == []
        await client.close()
        await running

People act through ``say``, ``paste``, ``edit``, ``delete``, ``react`` and the rest of message_actions.py; they use the
bot through ``command``, ``type_option``, ``menu`` and ``press`` (interaction_actions.py), which give the
``Interaction`` with everything that came of it::

    used = await discord.command(channel, ada, "model", {"name": "qwen3-max"})
    message = await discord.answer(used)
    assert message.ephemeral and discord.whispers(ada) == [message]
    await discord.press(message, ada, "Stop")  # by label, custom_id or emoji; LookupError when it is not there

Places are made with ``guild``, ``Guild.channel``, ``Channel.thread`` and ``dm``, before or while the bot is connected;
those where the bot is not with ``foreign_guild`` and ``conversation``, where it can be used by who did ``install`` it.
``interactions.ack_seconds`` and ``interactions.token_seconds`` say how long the bot may take. Trouble is ordered with
``fault``, ``limit``, ``drop_gateway``, ``Channel.forbidden``, ``Channel.hidden``, ``Channel.deny`` and
``Channel.archive``. What happened is read from ``Channel.messages`` (with ``history``, ``pinged``, ``shows_previews``,
``buttons``, ...), ``answers``, ``commands``, ``command_writes``, ``typing``, ``requests``, ``rate_limited`` and
``unknown_routes``.

Without the message_content intent the content, files and embeds of a message are empty, except in direct
conversations, in the bot's own messages, and where the message mentions the bot's user (a reply that pings does).
REST goes by the portal's switch ``message_content``, the gateway by the intent of the session.

discord.py takes its own time, for which the stand-in cannot help: a send that uses up its bucket returns only when the
window ends (hence ``limit`` in fast tests), a second IDENTIFY waits 5 s (``before_identify_hook``), and each retry
after a 500, 502 or 504 waits 1 s and more.

Not imitated: modals, select menus, menus of users, commands of single guilds, shards, changes of threads, options for
roles and channels, the 200 new commands a day, what is inside the layouts of Components V2, forwarding by the bot,
webhooks of channels, member lists, voice, slow mode, the hard limit on edits of messages older than an hour, one
IDENTIFY per five seconds, and the closing of connections that send no heartbeat.
"""

from adapters.sandbox.discord.channels import Channel, Guild
from adapters.sandbox.discord.components import Button
from adapters.sandbox.discord.events import Event
from adapters.sandbox.discord.interactions import Interaction
from adapters.sandbox.discord.message import Flag, Message
from adapters.sandbox.discord.permissions import Permission
from adapters.sandbox.discord.requests import Request
from adapters.sandbox.discord.server import FakeDiscord
from adapters.sandbox.discord.users import User

__all__ = [
    "Button",
    "Channel",
    "Event",
    "FakeDiscord",
    "Flag",
    "Guild",
    "Interaction",
    "Message",
    "Permission",
    "Request",
    "User",
]
