"""A page read back: its elements, attributes and text."""

from html.parser import HTMLParser


class Reader(HTMLParser):
    """Collects the elements, attributes, text, style and scripts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.style = ""
        self.scripts: list[tuple[str, str]] = []
        self._inside = ""
        self.feed(page)
        self.ids = [value for _, name, value in self.attributes if name == "id"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element's name and attributes."""
        self.tags.append(tag)
        self._inside = tag
        if tag == "script":
            self.scripts.append((dict(attrs).get("type") or "", ""))
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Take a piece of text."""
        if self._inside == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif self._inside == "style":
            self.style += data
        else:
            self.text += data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  as inherited
        """Leave an element."""
        self._inside = ""
