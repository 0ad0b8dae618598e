"""A pretended platform for the tests of streaming."""

import pytest

from tests.harness import FakeReply


@pytest.fixture
def reply() -> FakeReply:
    return FakeReply()
