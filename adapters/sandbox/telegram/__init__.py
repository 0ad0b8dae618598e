"""A pretended Telegram for trials and tests: the Bot API and its files on 127.0.0.1, as strict as the real one.

The real python-telegram-bot talks to it; only its two addresses are changed::

    async with FakeTelegram() as telegram:
        bot = Bot(telegram.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url)
        ada = telegram.user("Ada")
        chat = telegram.private(ada)
        question = await telegram.say(chat, ada, "hello")
        ... the bot answers ...
        (answer,) = telegram.answers(chat)
        assert answer.text == "Hello!" and answer.reply_to == question.message_id
        assert [text for text, entities in answer.history] == ["Hel", "Hello!"]

Places are made with ``private``, ``group``, ``supergroup`` (``forum=True``), ``Chat.topic`` and ``migrate``; people act
through ``say`` (with a ``quote``, in the name of a ``sender_chat``, in answer to a message of any chat), ``paste``,
``post``, ``post_album``, ``forward``, ``edit``, ``unfurl`` (an edit that changes nothing), ``delete``, ``pin``,
``service``, ``comment_on`` (a channel's post in its group), ``set_member`` and ``set_bot`` (who is what in a chat; the
bot is added, removed, blocked); anything else that may arrive goes through ``push_update``. Trouble is ordered with
``fault``, ``limits``, ``webhook_url`` and the switches of a chat: ``muted``, ``blocked``, ``kicked``, ``started``,
``reactions``, ``Chat.close_topic``, ``Chat.delete_topic``; a message with an earlier ``date`` is too old to be deleted.
What happened is read from ``Chat.messages``, ``answers``, ``actions``, ``requests``, ``pending``, ``confirmed_offset``,
``rate_limited``, ``impatient``, ``commands``, ``content``, ``Message.buttons`` and
``Message.reactions``.

Buttons are pressed by their text or data, and the Press shows what the bot answered::

    (answer,) = telegram.answers(chat)
    press = await telegram.press(answer, ada, "Stop")
    await eventually(lambda: press.answered)
    assert (press.answer, press.alert, answer.buttons) == ("Stopped.", False, [])

Previews in private chats are read from ``telegram.drafts``: those that a person sees now are ``drafts.shown(chat)``,
each with its ``text`` and ``history``, and ``drafts.all`` has those that vanished (``drafts.seconds``) or gave way to a
message, too. A rich message has its HTML in ``Message.rich`` and its plain words in ``Message.text``.

A press is answered once, within 15 s (``callbacks.seconds``, ``Press.lapse``). An edit without ``reply_markup`` takes
the keyboard away.

What the bot gets to see: everything in private chats; in groups, with privacy mode on, commands at the start of a
message that are not for another bot, answers to its own messages and service messages, but no bare @mentions; with
privacy mode off or as administrator everything. Messages of other bots never arrive.

Flood control is on, with the numbers of flood_control.py; ``telegram.limits = None`` switches it off, and
``telegram.limits = Limits(group=())`` changes it. A refused call does not count, an unmodified edit does.

Words to know: an edit that is too long is ``MESSAGE_TOO_LONG``, a message that is too long ``message is too long``;
the server writes links its own way (``https://a.b`` comes back as ``https://a.b/``), trims texts, marks mentions,
commands and links by itself, and splits or merges entities that overlap or touch. Asking again for the same offset
within 3 s is held for 3 s as on the real server (``telegram.updates.hurry_seconds``).

Stricter than Telegram: no parse_mode is read, answers to messages in other chats are refused, a chat action in an
unknown topic is refused, and more than 8 buttons in a row, too. Rich messages are read from HTML only, go back to the
bot as paragraphs of plain words, and are refused in words that are a guess. Not imitated: every method but those that
the bridge calls (``methods`` lists them), rich drafts, buttons but for data, links and copying, media other than
documents from the bot, the quotes of its answers, channels (but as ``sender_chat``), reactions of people, rights of
single administrators, business, guest mode, the expiry of updates after a day, phone and card numbers as entities, and
the expansion of quotes.
"""

from adapters.sandbox.telegram.callbacks import Press
from adapters.sandbox.telegram.drafts import Draft
from adapters.sandbox.telegram.entities import Entity, stretch
from adapters.sandbox.telegram.faults import Fault
from adapters.sandbox.telegram.flood_control import Limits
from adapters.sandbox.telegram.keyboards import Button
from adapters.sandbox.telegram.model import Chat, Message, User
from adapters.sandbox.telegram.params import Params
from adapters.sandbox.telegram.server import FakeTelegram, Request
from adapters.sandbox.telegram.state import Action

__all__ = [
    "Action",
    "Button",
    "Chat",
    "Draft",
    "Entity",
    "FakeTelegram",
    "Fault",
    "Limits",
    "Message",
    "Params",
    "Press",
    "Request",
    "User",
    "stretch",
]
