"""Made-up text for the tests of streaming."""


def words(count: int) -> list[str]:
    return [f"word{number} " for number in range(count)]
