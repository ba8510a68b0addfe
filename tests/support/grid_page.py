"""Page that shows the widget of a gallery without a notebook; messages go to the widget, which is in this process."""

import os
import shutil

from jsdf.display.gallery import assets

CHROMIUM = os.environ.get("JSDF_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
#: Chromium resolves no host but loopback, and makes no requests of its own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
TRAITS = "setup", "view", "facets", "pictures", "focus", "saved_page"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>gallery</title>
<style>{css} body {{ margin: 8px }}</style>
<body><main id="out"></main><script type="module">
const traits = await window.traits();
const listeners = {{}};
window.messages = [];
const model = {{
  get: (name) => traits[name],
  on: (name, action) => (listeners[name] ??= []).push(action),
  off: () => {{}},
  send: async (message) => {{
    window.messages.push(message);
    window.update(await window.sent(message));
  }},
}};
window.update = (changes) => {{
  Object.assign(traits, changes);
  for (const name of Object.keys(changes)) (listeners[`change:${{name}}`] ?? []).forEach((action) => action());
}};
window.keysThatLeft = [];
document.addEventListener("keydown", (event) => window.keysThatLeft.push(event.key));
const source = await window.source();
window.began = performance.now(); // the view's state and its script have come
const module = await import(URL.createObjectURL(new Blob([source], {{ type: "text/javascript" }})));
module.default.render({{ model, el: document.getElementById("out") }});
window.ready = true;
</script>"""
# The element that has the focus, also inside the shadow root.
FOCUSED = "(document.activeElement.shadowRoot?.activeElement ?? document.activeElement)"
SHADOW = "document.querySelector('.jsdf-bench').shadowRoot"


def serve(page, state):
    """Show a gallery or a review on a page, through its widget."""
    widget, sent = state.widget, {}

    def changes():
        new = {name: getattr(widget, name) for name in TRAITS}
        changed = {name: value for name, value in new.items() if name not in sent or sent[name] != value}
        sent.update(changed)
        # The view comes last, as the notebook's front ends fire it when all traits of a message are set.
        return dict(sorted(changed.items(), key=lambda pair: pair[0] == "view"))

    def on_message(message):
        widget._on_message(widget, message, [])
        return changes()

    page.expose_function("traits", changes)
    page.expose_function("sent", on_message)
    page.expose_function("source", assets.script)
    page.set_content(PAGE.format(css=assets.rules()))
    page.wait_for_function("window.ready === true")
    settle(page)


def settle(page):
    """Wait until the page has asked for as many tiles as it holds, and they are drawn."""
    page.wait_for_function(
        "document.querySelector('.jsdf-bench').shadowRoot.querySelector('.stage').dataset.fitted === 'true'"
    )


def tile(page, row):
    return page.get_by_role("gridcell").nth(row)


def focused(page):
    return page.evaluate(f"{FOCUSED}.dataset.name ?? {FOCUSED}.getAttribute('aria-label') ?? {FOCUSED}.tagName")


def press_together(page, *keys):
    """Send keys before the kernel has answered the first one: names, or properties of the key's event."""
    more = {"bubbles": True, "cancelable": True, "composed": True}
    events = [({"key": key} if isinstance(key, str) else key) | more for key in keys]
    send = f"events => events.forEach((event) => {FOCUSED}.dispatchEvent(new KeyboardEvent('keydown', event)))"
    page.evaluate(send, events)


def expect_status(page, message):
    from playwright.sync_api import expect

    expect(page.get_by_role("status")).to_have_text(message)
