"""Difficult documents, and the pictures in docs/gallery of what one of them looks like on each platform.

sent      what the adapters really send of it           page      what the pictures share
discord   Discord's own reading of Markdown             telegram  entities of Telegram
terminal  what rich prints
"""
