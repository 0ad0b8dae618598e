"""Labels of links that look like the address of another host, whatever signs they are written with."""

import pytest

from adapters.discord.render import render as on_discord
from adapters.telegram.render import render as on_telegram

ALIKE = [
    "paypal。com",
    "paypal．com",
    "ｐａｙｐａｌ.com",
    "pay\u200bpal.com",
    "paypal\u2060.\u2060com",
    "paypal.com∕login",
    "https:∕∕paypal.com",
    "paypal\u00ad.com",
]


@pytest.mark.parametrize("label", ALIKE)
def test_a_label_that_looks_like_another_host_is_followed_by_the_real_one(label: str) -> None:
    markdown = f"[{label}](https://evil.example)"
    assert on_discord(markdown).endswith("(evil.example)")
    assert on_telegram(markdown)[0].endswith("(evil.example)")


@pytest.mark.parametrize("label", ["这里。", "см. ниже", "ジョン・スミス", "and∕or", "👩\u200d💻 code"])
def test_other_labels_are_left_alone(label: str) -> None:
    markdown = f"[{label}](https://good.example)"
    assert "(good.example)" not in on_discord(markdown)
    assert "(good.example)" not in on_telegram(markdown)[0]
