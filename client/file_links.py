"""For how long an API has shown the address of a file, which every retrieval of a completed export should renew."""

from collections import OrderedDict
from email.utils import parsedate_to_datetime
from hashlib import sha256

from exports_conformance.exchange.model import Exchange

KEPT = 256
SAME = 0.001  # seconds, at least, for an address that is not fresh


class Links:
    """Remembers by the path of each export which address was shown last, as a digest, and since when."""

    def __init__(self) -> None:
        self._shown: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    def age(self, path: str, url: str, exchange: Exchange) -> float | None:
        """Return for how many seconds an export has shown this address: 0 for a fresh one, None for its first one."""
        digest, now = sha256(url.encode("utf-8", "surrogatepass")).digest(), _time_of(exchange)
        known = self._shown.pop(path, None)
        is_same = known is not None and known[0] == digest
        since = known[1] if known and is_same else now
        self._shown[path] = digest, since
        if len(self._shown) > KEPT:
            self._shown.popitem(last=False)
        if known is None:
            return None
        return max(SAME, now - since) if is_same else 0.0


def _time_of(exchange: Exchange) -> float:
    """Return the time of a response by the server's clock, else the time of its request by ours."""
    date = exchange.response.header("date") if exchange.response else None
    try:
        return parsedate_to_datetime(date).timestamp() if date else exchange.started
    except (ValueError, OverflowError):
        return exchange.started
