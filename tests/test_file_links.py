"""How long an export has shown the address of its file is known by the server's clock, else by ours."""

from dataclasses import replace

import pytest

from exports_conformance.client.earlier import Links
from exports_conformance.exchange.model import Response
from tests.exchanges import created

DATES = {second: f"Tue, 24 Nov 2026 12:00:{second:02} GMT" for second in (0, 1, 7)}


@pytest.mark.parametrize("dated", [True, False])
def test_age_of_an_address_is_the_time_since_it_was_first_shown(*, dated: bool) -> None:
    links = Links()

    def age(url: str, second: int, path: str = "/exports/a") -> float | None:
        headers = (("Date", DATES[second]),) if dated else ()
        exchange = replace(created(), response=Response(200, headers), started=1e9 + second)
        return links.age(path, url, exchange)

    assert age("one", 0) is None
    assert age("one", 0) == pytest.approx(0.001)
    assert age("other", 0, "/exports/b") is None
    assert age("one", 7) == 7
    assert age("two", 7) == 0
    assert age("two", 0) == pytest.approx(0.001)
    assert age("one", 7) == 0


def test_date_that_is_none_is_not_believed() -> None:
    exchange = replace(created(), response=Response(200, (("Date", "soon"),)), started=5.0)
    links = Links()
    links.age("/exports/a", "one", exchange)
    assert links.age("/exports/a", "one", replace(exchange, started=9.0)) == 4
