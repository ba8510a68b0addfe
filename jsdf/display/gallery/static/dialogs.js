// Dialogs over the view: the keys, a new label, a note.
import { html, useLayoutEffect, useRef } from "./vendor/htm-preact.js";
import { Button, Key } from "./names.js";
import { helpLines } from "./keys.js";

export function Dialog({ bench }) {
  const [title, body] = {
    help: () => ["Keys", html`<${Help} bench=${bench} />`],
    label: () => ["Add a label", html`<${NewLabel} bench=${bench} />`],
    note: () => [`Note on row ${bench.noted?.index ?? ""}`, html`<${Note} bench=${bench} />`],
  }[bench.overlay]();
  const root = useRef();
  useLayoutEffect(() => (root.current.querySelector("input, textarea") ?? root.current).focus({ preventScroll: true }), []);
  return html`<div class="shade" onclick=${(event) => event.target === event.currentTarget && bench.close()}>
    <div class="dialog" role="dialog" aria-modal="true" aria-label=${title} tabindex="-1" ref=${root} onkeydown=${keepFocus}>
      <div class="dialog-head">
        <strong dir="auto">${title}</strong>
        <${Button} text="Close" shortcut="Esc" onclick=${() => bench.close()} />
      </div>
      ${body}
    </div>
  </div>`;
}

// Tab goes round inside the dialog.
function keepFocus(event) {
  if (event.key !== "Tab") return;
  const nodes = [...event.currentTarget.querySelectorAll("button, input, textarea, [tabindex='0']")];
  const [first, last] = [nodes[0], nodes[nodes.length - 1]];
  const active = event.currentTarget.getRootNode().activeElement;
  if (event.shiftKey ? active === first || active === event.currentTarget : active === last) {
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }
}

function Help({ bench }) {
  return html`<div class="keys" tabindex="0" role="region" aria-label="list of keys">
    <dl>
      ${helpLines(bench).map(
        ([keys, text]) =>
          html`<div>
            <dt>${keys.split(" ").map((name) => (name === "…" ? " … " : html`<${Key} name=${name} /> `))}</dt>
            <dd>${text}</dd>
          </div>`,
      )}
    </dl>
  </div>`;
}

function NewLabel({ bench }) {
  const add = (event) => {
    event.preventDefault();
    const name = new FormData(event.target).get("name").trim();
    if (name) bench.addLabel(name);
  };
  const rows = bench.targets.length;
  return html`<form onsubmit=${add}>
    <label><span>Name</span> <input type="text" name="name" maxlength="200" autocomplete="off" /></label>
    <p class="quiet">${rows > 1 ? `${rows} picked rows get it.` : "The current row gets it."}</p>
    <button type="submit" class="accept">Add</button>
  </form>`;
}

function Note({ bench }) {
  const write = (event) => {
    event.preventDefault();
    bench.writeNote(new FormData(event.target).get("text"));
  };
  const onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
  };
  return html`<form onsubmit=${write}>
    <textarea name="text" rows="5" maxlength="2000" dir="auto" aria-label="note" onkeydown=${onkeydown}>
${bench.noted?.note ?? ""}</textarea
    >
    <button type="submit" class="accept">Save <${Key} name="Ctrl+Enter" /></button>
  </form>`;
}
