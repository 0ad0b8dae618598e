"""The words and emoji that the Bot API takes, as https://core.telegram.org/bots/api lists them."""

ACTIONS = frozenset(
    (
        "choose_sticker",
        "find_location",
        "record_audio",
        "record_video",
        "record_video_note",
        "record_voice",
        "typing",
        "upload_audio",
        "upload_document",
        "upload_photo",
        "upload_video",
        "upload_video_note",
        "upload_voice",
    )
)
"""Actions of sendChatAction; record_audio and upload_audio are the older names of record_voice and upload_voice."""

_EMOJI = (
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 "
    "❤️‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 "
    "😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂️ 🤷 🤷‍♀️ "
    "😡 "
)

REACTIONS = frozenset(_EMOJI.split())
"""The emoji of ReactionTypeEmoji."""
