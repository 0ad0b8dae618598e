"""The bridge's own words in a person's language."""


def translated(sentence: str, language: str) -> str:
    """A sentence of `bridge.sentences` or `bridge.errors` in a language as a platform names it ("de", "zh-CN").

    Places for values ({model}) stay as they are. What has no translation comes back in English.
    """
    return sentence
