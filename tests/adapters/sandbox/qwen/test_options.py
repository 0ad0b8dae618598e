"""The switches of the stand-in as options of a command line."""

import pytest

from adapters.sandbox.qwen import FAULTS, FAULTS_HELP, GROUPS, OPTIONS, api, configured, configured_api, foreign
from adapters.sandbox.qwen.options import API_OPTIONS, QWEN_OPTIONS, SHARED_OPTIONS


def test_every_option_has_a_flag_a_kind_and_help() -> None:
    flags = [option.flag for option in OPTIONS]
    assert len(set(flags)) == len(flags)
    assert {"--first-byte", "--tokens-per-second", "--settle", "--guests-stop/--no-guests-stop", "--fault"} <= set(
        flags
    )
    assert not {"--port", "--newline"} & set(flags)
    assert sorted(option.flag for group in GROUPS.values() for option in group) == sorted(flags)
    for option in OPTIONS:
        assert option.flag.startswith("--")
        assert option.help
        assert option.kind in (bool, int, float, str)
        assert option.many or option.default is None or isinstance(option.default, option.kind)
    for fault in (*FAULTS.values(), *api.MENU.faults.values()):
        assert f"{fault.name} " in FAULTS_HELP
        assert fault.help in FAULTS_HELP


def test_the_options_own_defaults_change_nothing() -> None:
    for make, own in ((configured, QWEN_OPTIONS), (configured_api, API_OPTIONS)):
        options = [*SHARED_OPTIONS, *own]
        plain, standin = make({}), make({option.name: option.default for option in options})
        for option in options:
            name = option.name.removeprefix("api_")
            if name not in ("crlf", "fault"):
                assert getattr(standin, name) == getattr(plain, name) == option.default
        assert standin.newline == "\n"


def test_options_become_switches_and_orders() -> None:
    given = {"port": 5, "first_byte": 0.5, "crlf": True, "fault": ("quota,num=6", "waf_html,on=chats/new,times=always")}
    standin = configured(given)
    assert (standin.port, standin.first_byte, standin.newline) == (5, 0.5, "\r\n")
    assert [(order["name"], order["on"]) for order in standin.schedule.describe()] == [
        ("quota", "completions"),
        ("waf_html", "chats/new"),
    ]
    with pytest.raises(ValueError, match="There is no fault"):
        configured({"fault": ("nothing",)})


def test_an_api_has_switches_and_faults_of_its_own() -> None:
    given = {"api_key": "k", "api_thinks": "tags", "chunk": 3, "fault": ("no_funds", "stall,pieces=2,times=always")}
    standin = configured_api(given)
    assert (standin.key, standin.thinks, standin.chunk) == ("k", "tags", 3)
    assert [(order["name"], order["times"]) for order in standin.schedule.describe()] == [
        ("no_funds", 1),
        ("stall", None),
    ]
    with pytest.raises(ValueError, match="There is no fault"):
        configured_api({"fault": ("waf_html",)})
    assert foreign(["chunk", "settle", "api_key"], api=True) == ["--settle"]
    assert foreign(["chunk", "settle", "api_key"], api=False) == ["--api-key"]
