"""Parser for generated HTML, with checks of its tags and attributes."""

from html.parser import HTMLParser

#: All tags of the live view and the reports; none of them can run scripts.
TAGS = {"div", "style", "p", "b", "span", "table", "tbody", "thead", "tr", "th", "td", "ul", "li"}
TAGS |= {"figure", "img", "figcaption"}
ATTRIBUTES = {"class", "style", "role", "scope", "title", "alt", "src"}

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "&lt;b&gt;",
    "[x](javascript:alert(1)) $\\href{javascript:alert(1)}{x}$",
    "line\nbreak\x1b[31m \u202eturned\x00",
]


class Markup(HTMLParser):
    """Parsed HTML: its tags, attributes and texts."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.attributes, self.texts, self._open = [], [], [], []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "img":
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] != ["style"]:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def values(self, name):
        return [value for attribute, value in self.attributes if attribute == name]


def checked(source):
    """Return the parsed HTML; assert that it has allowed tags and attributes only, closed in order."""
    markup = Markup(source)
    assert set(markup.tags) <= TAGS
    assert {name for name, _ in markup.attributes if not name.startswith("aria-")} <= ATTRIBUTES
    assert all(value.startswith("data:image/") for value in markup.values("src"))
    source.encode("utf-8")
    return markup
