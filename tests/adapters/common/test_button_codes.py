"""What buttons say: read as it was written, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.common.button_codes import MOST_DIGITS, decode_action, decode_choice, encode_action, encode_choice
from bridge import TABLE, Choice, shortened

LARGEST = 10**MOST_DIGITS - 1

FORGED = (
    *("", "qb", "qb:stop", "qb:stop:", "qb:stop:x", "qb:stop:-1", "qb:stop:1:2", "qb:stop:1\n", "qb:stop:²"),
    *("else:stop:1", "qb:²:1", "QB:stop:1", "qb:stop:" + "9" * (MOST_DIGITS + 1)),
    *("qb:do", "qb:do:", "qb:do::", "qb:do::x", "qb:done:x"),
)


@given(action=st.sampled_from(["stop", "again", "show"]), turn=st.integers(0, LARGEST))
def test_an_action_is_read_as_it_was_written(action: str, turn: int) -> None:
    written = encode_action(action, turn)  # type: ignore[arg-type]
    assert decode_action(written) == (action, turn)
    assert decode_choice(written) is None


@given(command=st.sampled_from([command.name for command in TABLE]), argument=st.text())
def test_a_choice_is_read_as_it_was_written(command: str, argument: str) -> None:
    written = encode_choice(Choice("label", command, argument), 10**6)
    assert decode_choice(written) == (command, argument)
    assert decode_action(written) is None
    short = encode_choice(Choice("label", command, argument), 64)
    assert decode_choice(short) in ((command, argument), (command, shortened(argument)))
    assert len(short.encode("utf-8", "surrogatepass")) <= 64


@pytest.mark.parametrize("data", FORGED)
def test_what_no_button_of_ours_says_is_nothing(data: str) -> None:
    assert decode_action(data) is None
    assert decode_choice(data) is None


@given(data=st.text())
def test_whatever_comes_is_read_without_an_error(data: str) -> None:
    decode_action(data)
    decode_choice(f"qb:do:{data}")
