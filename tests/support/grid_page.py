"""Page with the grid's JavaScript and a fake of the kernel's model; messages go to a gallery in this process."""

import json
import os
import shutil

from jsdf.display.gallery import assets, messages

CHROMIUM = os.environ.get("JSDF_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PAGE = """<!doctype html><meta charset="utf-8"><style>{css}</style><body><div id="out"></div><script type="module">
const traits = await window.traits();
const listeners = {{}};
const model = {{
  get: (name) => traits[name],
  on: (name, action) => (listeners[name] ??= []).push(action),
  off: () => {{}},
  send: async (message) => update(await window.sent(JSON.stringify(message))),
}};
function update(changes) {{
  Object.assign(traits, changes);
  for (const name of Object.keys(changes)) (listeners[`change:${{name}}`] ?? []).forEach((action) => action());
}}
window.keysThatLeft = [];
document.addEventListener("keydown", (event) => window.keysThatLeft.push(event.key));
const module = await import(URL.createObjectURL(new Blob([await window.source()], {{ type: "text/javascript" }})));
module.default.render({{ model, el: document.getElementById("out") }});
window.ready = true;
</script>"""


def serve(page, model):
    """Show a gallery or a review on a page."""

    def traits():
        return messages.traits(model)

    def sent(message):
        messages.handle_message(model, json.loads(message))
        return messages.traits(model)

    page.expose_function("traits", traits)
    page.expose_function("sent", sent)
    page.expose_function("source", assets.script)
    page.set_content(PAGE.format(css=assets.rules()))
    page.wait_for_function("window.ready === true")


def tile(page, row):
    return page.get_by_role("gridcell").nth(row)


def focused(page):
    return page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.tagName")


def expect_status(page, message):
    from playwright.sync_api import expect

    expect(page.get_by_role("status")).to_have_text(message)
