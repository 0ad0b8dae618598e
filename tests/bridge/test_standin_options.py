"""The switches of the stand-in as options of a command line."""

import pytest

from bridge.standin import FAULTS, FAULTS_HELP, OPTIONS, configured


def test_every_option_has_a_flag_a_kind_and_help() -> None:
    flags = [option.flag for option in OPTIONS]
    assert len(set(flags)) == len(flags)
    assert {"--first-byte", "--tokens-per-second", "--settle", "--guests-stop/--no-guests-stop", "--fault"} <= set(
        flags
    )
    assert not {"--port", "--newline"} & set(flags)
    for option in OPTIONS:
        assert option.flag.startswith("--")
        assert option.help
        assert option.kind in (bool, int, float, str)
        assert option.many or option.default is None or isinstance(option.default, option.kind)
    assert all(f"{fault.name} " in FAULTS_HELP and fault.help in FAULTS_HELP for fault in FAULTS.values())


def test_the_options_own_defaults_change_nothing() -> None:
    plain, standin = configured({}), configured({option.name: option.default for option in OPTIONS})
    for option in OPTIONS:
        if option.name not in ("crlf", "fault"):
            assert getattr(standin, option.name) == getattr(plain, option.name) == option.default
    assert standin.newline == "\n"


def test_options_become_switches_and_orders() -> None:
    given = {"port": 5, "first_byte": 0.5, "crlf": True, "fault": ("quota,num=6", "waf_html,on=chats/new,times=always")}
    standin = configured(given)
    assert (standin.port, standin.first_byte, standin.newline) == (5, 0.5, "\r\n")
    assert [(order["name"], order["on"]) for order in standin.orders.describe()] == [
        ("quota", "completions"),
        ("waf_html", "chats/new"),
    ]
    with pytest.raises(ValueError, match="There is no fault"):
        configured({"fault": ("nothing",)})
