"""Read what people see in a message of Telegram: its words with hidden links, and what else stands in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from telegram import (
    Animation,
    Audio,
    Document,
    ExternalReplyInfo,
    Message,
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginUser,
    PhotoSize,
    TextQuote,
    User,
    Video,
)

from adapters.common import seen
from adapters.telegram.rich_reading import marks, rich_words

Shown = Message | ExternalReplyInfo
"""A message as it is sent, or as it is seen from another chat: that has no text, but the same fields for all else."""

Picture = PhotoSize | Document
"""A file that Qwen can be shown."""

Span = tuple[int, int, str]
"""Where a part of a text begins and ends, in UTF-16 units (Bot API, MessageEntity), and what stands in its place."""


def text_of(message: Message) -> tuple[str, tuple[MessageEntity, ...]]:
    """Return the text or the caption of a message, with its entities; of a rich message its words, with their marks."""
    if (shown := message.api_kwargs.get("rich_message")) and (rich := rich_words(shown)):
        return rich, marks(rich)
    return message.text or message.caption or "", message.entities or message.caption_entities


def entity_text(text: str, entity: MessageEntity) -> str:
    """Return the part of a text that an entity marks."""
    return _cut(text, entity.offset, entity.offset + entity.length)


def hidden_links(text: str, entities: Sequence[MessageEntity]) -> list[Span]:
    """Return the Markdown links for words behind which an address is hidden (Bot API, MessageEntity, text_link)."""
    hidden = [each for each in entities if each.type == MessageEntity.TEXT_LINK and each.url]
    return [(e.offset, e.offset + e.length, seen.link(entity_text(text, e), e.url or "")) for e in hidden]


def rewritten(text: str, spans: Sequence[Span]) -> str:
    """Return the text with these parts replaced, and without double blanks where one was cut out."""
    raw = text.encode("utf-16-le")
    for start, end, new in sorted(spans, reverse=True):
        before, after = raw[: start * 2].decode("utf-16-le", "replace"), raw[end * 2 :].decode("utf-16-le", "replace")
        if not new and (not before or before[-1].isspace()):
            after = after.lstrip(" ")
        raw = (before + new + after).encode("utf-16-le")
    return raw.decode("utf-16-le").strip()


def words_of(shown: Shown) -> str:
    """Return all that people see in a message, as Markdown; pictures without words are left out."""
    text, entities = text_of(shown) if isinstance(shown, Message) else ("", ())
    words = rewritten(text, hidden_links(text, entities))
    return seen.lines(words, *_things(shown), *_buttons(shown))


def selected(message: Message) -> str:
    """Return the part of a message that a person picked to reply to, with its hidden links; "" where they picked none.

    Where the server added the quote by itself, that is no choice; it counts where nothing else is known of the message.
    """
    quote, replied = message.quote, message.reply_to_message
    if quote is None or (replied and not quote.is_manual):
        return ""
    text, entities = text_of(replied) if replied else ("", ())
    start, end = quote.position, quote.position + _units(quote.text)
    if _cut(text, start, end) != quote.text:
        return _quoted(quote)
    # Quotes keep no links (Bot API, TextQuote): they are taken from the message itself.
    inside = [each for each in hidden_links(text, entities) if start <= each[0] and each[1] <= end]
    return rewritten(quote.text, [(first - start, last - start, new) for first, last, new in inside])


def name_of(user: User) -> str:
    """Return the name that people see for a user; "" where there is none. The first name may be empty."""
    return user.full_name or user.last_name or user.username or ""


def writer(message: Message) -> str:
    """Return the name that people see as the author of a message: of a forwarded one, who wrote it first."""
    if message.forward_origin:
        return origin_name(message.forward_origin)
    if message.sender_chat:
        return message.sender_chat.effective_name or ""
    return name_of(message.from_user) if message.from_user else ""


def origin_name(origin: object) -> str:
    """Return the name that people see for a MessageOrigin, or ""."""
    if isinstance(origin, MessageOriginUser):
        return name_of(origin.sender_user)
    if isinstance(origin, MessageOriginChat):
        return origin.sender_chat.effective_name or ""
    if isinstance(origin, MessageOriginChannel):
        return origin.chat.effective_name or ""
    return str(getattr(origin, "sender_user_name", "") or "")


def is_by(origin: object, me: User) -> bool:
    """Tell whether a MessageOrigin names the bot itself."""
    return isinstance(origin, MessageOriginUser) and origin.sender_user.id == me.id


def picture_of(shown: Shown) -> Picture | None:
    """Return what Qwen is shown of a message: its photo or document, or the still of its film; None for neither."""
    if shown.photo:
        return shown.photo[-1]
    if moving := film_of(shown):
        return moving.thumbnail
    return shown.document


def film_of(shown: Shown) -> Animation | Video | None:
    """Return the film or GIF of a message; a GIF comes as a document, too, for old bots (Bot API, Message)."""
    return shown.animation or shown.video


def attached_of(message: Message) -> str:
    """Return what Qwen is told of what comes with a question besides files that it is shown: a film, a place."""
    moving = film_of(message)
    if moving is None:
        return "" if message.document or is_heard(message) else seen.lines(*_things(message))
    told = "of it you can see only this still" if moving.thumbnail else "which you cannot see"
    return f"{_film(moving)} ({told})"


def is_heard(message: Message) -> bool:
    """Tell whether a message is to be listened to: a voice, a round video with one, or music."""
    return bool(message.voice or message.video_note or message.audio)


def _film(moving: Animation | Video) -> str:
    return seen.named("GIF" if isinstance(moving, Animation) else "Video", moving.file_name or "")


def _quoted(quote: TextQuote) -> str:
    return rewritten(quote.text, hidden_links(quote.text, quote.entities or ()))


def _things(shown: Shown) -> Iterator[str]:
    """Yield a line or more for each thing in a message that is no text.

    A venue is a location besides, and a GIF a document, for old bots: the first of these counts.
    """
    for names in _THINGS:
        for name, describe in names.items():
            if thing := getattr(shown, name, None):
                with suppress(Exception):  # the library checks no types: what makes no sense is left out
                    yield describe(thing)
                break


def _poll(poll: Any) -> str:
    return seen.poll(poll.question, [(option.text, option.voter_count) for option in poll.options])


def _place(location: Any, *names: str) -> str:
    return seen.place(location.latitude, location.longitude, *names)


def _checklist(checklist: Any) -> str:
    tasks = [f"- [{'x' if task.completion_date else ' '}] {task.text}" for task in checklist.tasks]
    return seen.lines(f"Checklist: {checklist.title}", *tasks)


def _audio(audio: Audio) -> str:
    return seen.named("Audio", audio.performer or "", audio.title or audio.file_name or "")


_THINGS: tuple[Mapping[str, Callable[[Any], str]], ...] = (
    {"poll": _poll},
    {"venue": lambda venue: _place(venue.location, venue.title, venue.address), "location": _place},
    {"contact": lambda each: seen.contact(each.first_name, each.last_name or "", each.phone_number)},
    {"sticker": lambda sticker: seen.named("Sticker", sticker.emoji or sticker.set_name or "")},
    {"dice": lambda dice: seen.named("Dice", f"{dice.emoji} {dice.value}")},
    {"checklist": _checklist},
    {"game": lambda game: seen.lines(f"Game: {game.title}", game.description)},
    {"invoice": lambda invoice: seen.lines(f"Invoice: {invoice.title}", invoice.description)},
    {"story": lambda story: seen.named("Story", story.chat.effective_name or "")},
    {"animation": _film, "video": _film, "document": lambda file: seen.named("File", file.file_name or "")},
    {"audio": _audio},
    {"voice": lambda _: "Voice message"},
    {"video_note": lambda _: "Video message"},
)
"""How each thing is put into words, by its field in a message; of the fields in one row, only the first is told."""


def _buttons(shown: Shown) -> Iterator[str]:
    """Yield the links of the buttons below a message."""
    markup = shown.reply_markup if isinstance(shown, Message) else None
    for row in markup.inline_keyboard if markup else ():
        yield from (seen.link(button.text, button.url) for button in row if button.url)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, start: int, end: int) -> str:
    return text.encode("utf-16-le")[start * 2 : end * 2].decode("utf-16-le", "replace")
