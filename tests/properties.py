"""How many examples a property is tried with."""

from hypothesis import settings


def examples(number: int) -> settings:
    """Return the decorator for a property to be tried with `number` examples in the suite, and with more in a search.

    In a search the number grows as that of the profile does, from 100; see tests/conftest.py.
    """
    return settings(max_examples=number * settings().max_examples // 100)
