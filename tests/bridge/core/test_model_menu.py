"""The choice among many models: searches, pages, and what is closest to what was typed."""

import pytest

from bridge.controls import shortened
from bridge.core.model_menu import CLOSEST, PAGE, Typed, closest, fitting, named, page_of

MODELS = [f"vendor/model-{number}" for number in range(400)]


def test_every_word_has_to_be_in_the_name_and_the_beginning_counts_more() -> None:
    models = ["openai/gpt-5", "qwen/qwen3-max", "qwen/qwen3-max-thinking", "other/qwen/qwen3"]
    assert fitting(models, "QWEN3 max") == ["qwen/qwen3-max", "qwen/qwen3-max-thinking"]
    assert fitting(models, "qwen/qwen3") == ["qwen/qwen3-max", "qwen/qwen3-max-thinking", "other/qwen/qwen3"]
    assert fitting(models, "") == models
    assert fitting(models, "nonsense") == []


def test_a_name_counts_exactly_before_it_counts_in_any_case() -> None:
    models = ["Same", "same", "other"]
    assert [named(models, typed) for typed in ("same", "Same", "OTHER", "oth", "")] == ["same", "Same", "other", "", ""]
    assert named(models, shortened("other")) == "other"


@pytest.mark.parametrize("typed", ["vendor/modell-17", "x" * 5000, "\ud800", "#", "💥"])
def test_there_are_always_some_that_are_closest(typed: str) -> None:
    assert len(closest(MODELS, typed)) == CLOSEST
    assert closest(["one"], typed) == ["one"]


def test_the_closest_is_the_one_that_was_meant() -> None:
    assert closest(["openai/gpt-5-mini", "qwen/qwen3-max", "z-ai/glm-4.6"], "qwen3max")[0] == "qwen/qwen3-max"


@pytest.mark.parametrize(
    ("argument", "words", "page"),
    [
        ("", "", 1),
        ("qwen", "qwen", 1),
        ("#2", "", 2),
        ("#2 qwen max", "qwen max", 2),
        ("#x", "#x", 1),
        ("#2max", "max", 2),
    ],
)
def test_a_page_is_read_from_the_argument(argument: str, words: str, page: int) -> None:
    assert Typed.read(argument) == Typed(words, page)


@pytest.mark.parametrize(("number", "first", "turns"), [(1, 0, ["#2"]), (2, 10, ["#1", "#3"]), (40, 390, ["#39"])])
def test_all_pages_together_are_all_models(number: int, first: int, turns: list[str]) -> None:
    page = page_of(MODELS, Typed("", number))
    assert [choice.argument for choice in page] == [*MODELS[first : first + PAGE], *turns]


def test_a_page_that_there_is_not_is_the_nearest_one() -> None:
    assert page_of(MODELS, Typed("", 9999)) == page_of(MODELS, Typed("", 40))
    assert page_of(MODELS, Typed("", 0)) == page_of(MODELS, Typed("", 1))
    assert [choice.argument for choice in page_of(MODELS[:10], Typed(""))] == MODELS[:10]
    assert page_of(MODELS, Typed("model", 2))[-1].argument == "#3 model"
