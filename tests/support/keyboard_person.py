"""A person who reviews labels by keys alone on a page of `grid_page`, and the time that each key takes."""

from collections import Counter

from grid_page import SHADOW

# A key is done when the page has drawn the answers to all its messages, with the pictures decoded.
INSTRUMENTS = f"""() => {{
  const sent = window.sent
  const decoded = new WeakMap()
  let waiting = 0, pressed = window.began
  window.sent = async (message) => {{
    waiting += 1
    try {{ return await sent(message) }} finally {{ waiting -= 1 }}
  }}
  document.addEventListener("keydown", (event) => (pressed = event.timeStamp), true)
  const frame = () => new Promise(requestAnimationFrame)
  const painted = () => new Promise((done) => {{
    const channel = new MessageChannel()
    channel.port1.onmessage = done
    channel.port2.postMessage(null)
  }})
  window.drawn = async (selector) => {{
    do await frame(); while (waiting || (selector && !{SHADOW}.querySelector(selector)))
    const images = [...{SHADOW}.querySelectorAll("img")].filter((image) => decoded.get(image) !== image.src)
    images.forEach((image) => decoded.set(image, image.src))
    if (images.length) await Promise.all(images.map((image) => image.decode().catch(() => null))).then(frame)
    await painted()
    return performance.now() - pressed
  }}
}}"""
LOOK = f"""() => {{
  const tiles = [...{SHADOW}.querySelectorAll('[role="gridcell"]')]
  return {{
    tiles: tiles.map((tile) => ({{
      name: tile.dataset.name,
      labels: [...tile.querySelectorAll(".chip bdi")].map((label) => label.textContent),
      isReviewed: tile.matches(".reviewed, .changed"),
    }})),
    at: tiles.findIndex((tile) => tile.matches(".current")),
    columns: {SHADOW}.querySelector('[role="row"]').children.length,
    names: [...{SHADOW}.querySelectorAll(".labels .label:not(.none)")].map((button) => button.title),
    isLast: {SHADOW}.querySelector('[aria-label="Next page"]').getAttribute("aria-disabled") === "true",
  }}
}}"""


class Keyboard:
    """Presses keys on a page, each when the page has drawn the answer to the last one.

    Attributes:
        times: Pairs of each key and the milliseconds from its press until the page was drawn.
    """

    def __init__(self, page):
        self.page, self.times = page, []
        page.evaluate(INSTRUMENTS)
        page.get_by_role("gridcell").first.focus()

    def press(self, key, selector=None):
        """Press a key, wait until the page is drawn, with an element for this selector, and return the milliseconds."""
        self.page.keyboard.press(key)
        self.times.append((key, self.wait_for_drawing(selector)))
        return self.times[-1][1]

    def wait_for_drawing(self, selector=None):
        """Return the milliseconds since the last key, or since the view began, once the page is drawn."""
        return self.page.evaluate("(selector) => window.drawn(selector)", selector)

    def look(self):
        """Return the tiles of the page, the place of the current one, and the names of the labels."""
        return self.page.evaluate(LOOK)

    def walk(self, place, max_keys=None):
        """Go to the tile at this place with the arrows, first by lines; stop after `max_keys`."""
        pressed, seen = 0, self.look()
        while seen["at"] != place and pressed != max_keys:
            lines = place // seen["columns"] - seen["at"] // seen["columns"]
            sideways = "ArrowRight" if place > seen["at"] else "ArrowLeft"
            self.press(("ArrowDown" if lines > 0 else "ArrowUp") if lines else sideways)
            pressed, seen = pressed + 1, self.look()


class Person:
    """Looks at each tile of each page, goes to the wrong ones, puts them right, and accepts the page.

    Args:
        page: Page that shows a review, whose index counts the rows.
        truth: The right label of each row.
        max_keys: Number of keys after which to stop.

    Attributes:
        keyboard: The keyboard, with the time of each key.
        corrected: Rows whose label was put right.
        accepted: Rows whose page was accepted.
    """

    def __init__(self, page, truth, max_keys=None):
        self.keyboard = Keyboard(page)
        self.corrected, self.accepted = set(), set()
        self._truth, self._max_keys = truth, max_keys

    @property
    def keys(self):
        """Keys pressed -> how often."""
        return Counter(key for key, _ in self.keyboard.times)

    @property
    def keys_left(self):
        return None if self._max_keys is None else max(0, self._max_keys - self.keys.total())

    def review_all(self):
        """Review page by page; return True at the end of the last one, False if `max_keys` came before."""
        while True:
            seen = self.keyboard.look()
            has_moved_on = self.review_page(seen)
            if seen["isLast"] or self.keys_left == 0:
                return self.keys_left != 0
            if not has_moved_on:
                self.keyboard.press("PageDown")

    def review_page(self, seen):
        """Put the labels of a page right and accept it; return True if it was accepted, which leads to the next one."""
        rows = [int(tile["name"].split(",")[0].removeprefix("row ")) for tile in seen["tiles"]]
        wrong = [i for i, (row, tile) in enumerate(zip(rows, seen["tiles"], strict=True))
                 if tile["labels"] != [self._truth[row]]]  # fmt: skip
        for place in wrong:
            self.keyboard.walk(place, self.keys_left)
            if self.keys_left == 0:
                return False
            self.keyboard.press(str(seen["names"].index(self._truth[rows[place]]) + 1))
            self.corrected.add(rows[place])
        if self.keys_left != 0 and (wrong or not all(tile["isReviewed"] for tile in seen["tiles"])):
            self.keyboard.press("Shift+A")
            self.accepted |= set(rows)
            return True
        return False
