"""Who may talk: the operator's lists of people, servers, roles and chats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cli.settings import Settings
from bridge.access import Access, Limits, words
from bridge.errors import CannotStart
from bridge.model import Author, ConversationKey
from tests.properties import examples

KINDS = Settings.kinds()
DISCORD, TELEGRAM = ConversationKey("discord", "1"), ConversationKey("telegram:77", "-100")
ANN = Author("123", "Ann", groups=("guild:456", "role:789", "channel:1"))
BOB = Author("5", "Bob", groups=("chat:-100",))
HOUR, DAY = 3600.0, 86400.0


@pytest.mark.parametrize(
    ("allow", "deny", "admins", "may"),
    [
        ("", "", "", True),
        ("discord:user:123", "", "", True),
        ("discord:123", "", "", True),
        ("discord:guild:456", "", "", True),
        ("discord:user:9, discord:role:789", "", "", True),
        ("discord:channel:1", "", "", True),
        ("discord:channel:12", "", "", False),
        ("discord:guild:123", "", "", False),
        ("telegram:user:123", "", "", False),
        ("", "discord:user:123", "", False),
        ("", "discord:user:124", "", True),
        ("discord:user:123", "discord:guild:456", "", False),
        ("discord:user:9", "discord:user:123", "discord:role:789", True),
        ("discord:user:9", "", "discord:role:788", False),
    ],
)
def test_deny_wins_over_allow_and_admins_over_both(allow: str, deny: str, admins: str, may: bool) -> None:
    access = Access(words(allow, KINDS), words(deny, KINDS), words(admins, KINDS))
    standing = access.standing(ANN, DISCORD)
    assert (standing != "barred") == may
    assert (standing == "admin") == ("role:789" in admins)


def test_a_platform_is_known_whatever_the_bot() -> None:
    assert Access(allow=words("telegram:-100", KINDS)).standing(BOB, TELEGRAM) == "member"
    assert Access(allow=words("telegram:5", KINDS)).standing(BOB, TELEGRAM) == "member"
    assert Access(allow=words("telegram:6\n telegram:chat:100", KINDS)).standing(BOB, TELEGRAM) == "barred"
    assert Access(deny=words("telegram:-100", KINDS)).standing(BOB, TELEGRAM) == "barred"


@pytest.mark.parametrize(
    "wrong",
    [
        "123",
        "discord",
        "discord:",
        "telegram:@ann",
        "telegram:role:1",
        "discord:user:a:1",
        "discord:user:-1",
        "discord:guild:",
        "slack:user:1",
        "discord:user:١",
    ],
)
@pytest.mark.parametrize("name", ["ALLOW", "DENY", "ADMINS"])
def test_a_wrong_word_is_named_with_an_example(monkeypatch: pytest.MonkeyPatch, name: str, wrong: str) -> None:
    monkeypatch.setenv(name, f"discord:user:1 {wrong}")
    with pytest.raises(CannotStart) as error:
        Settings.read()
    assert f"{name} holds “{wrong}”, which is none of discord:user:ID, " in error.value.sentence
    assert f" Example: {name}=discord:" in error.value.sentence


def test_the_settings_become_access_and_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Settings.read().access, Settings.read().limits) == (Access(), Limits())
    monkeypatch.setenv("ALLOW", "discord:1")
    monkeypatch.setenv("DENY", "discord:2,telegram:-3")
    monkeypatch.setenv("ADMINS", "discord:role:4")
    for number, name in enumerate(("QUESTIONS_PER_HOUR", "QUESTIONS_PER_DAY"), start=1):
        monkeypatch.setenv(name, str(number))
        monkeypatch.setenv(f"CHAT_{name}", str(number + 2))
    assert Settings.read().limits == Limits(1, 2, 3, 4)
    assert Settings.read().access == Access(
        frozenset({"discord:user:1"}), frozenset({"discord:user:2", "telegram:chat:-3"}), frozenset({"discord:role:4"})
    )


@given(st.lists(st.sampled_from([(p, k) for p, kinds in KINDS.items() for k in kinds.names]), max_size=5), st.data())
@examples(50)
def test_what_is_written_out_is_read_as_it_stands(kinds: list[tuple[str, str]], data: st.DataObject) -> None:
    named = {f"{platform}:{kind}:{data.draw(st.integers(0, 2**63))}" for platform, kind in kinds}
    assert words(data.draw(st.sampled_from([" ", ",", " ,\n"])).join(named), KINDS) == named
