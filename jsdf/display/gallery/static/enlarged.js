// Dialog over the grid, sized by its content: an enlarged row, or the list of keys.

class Panel {
  constructor(grid) {
    this.grid = grid;
    this.row = null; // position of the enlarged row; null if the dialog shows the keys or is closed
    this.node = make("dialog", { className: "jsdf-panel", onclick: (event) => this.closeIfOutside(event) });
    this.node.addEventListener("cancel", (event) => handle(event, () => this.close()));
    this.title = make("strong", { dir: "auto" });
    this.body = make("div", { className: "jsdf-body", role: "region", tabIndex: 0 });
    this.legend = new Legend(grid);
    const close = button("Close", "Esc", () => this.close());
    const head = make("div", { className: "jsdf-title" }, this.title, close);
    this.node.append(make("div", { className: "jsdf-inside" }, head, this.legend.node, this.body));
  }

  show(title, row, near, ...children) {
    this.row = row;
    this.title.textContent = title;
    this.body.replaceChildren(...children);
    aria(this.node, { label: title });
    aria(this.body, { label: title });
    this.legend.node.hidden = row === null || !this.grid.setup.is_editable;
    this.body.scrollTop = 0;
    const wasClosed = !this.node.open;
    if (wasClosed) this.node.showModal();
    this.placeBeside(near);
    if (wasClosed) this.body.focus();
  }

  // Next to the element `near`: in a tall frame of a notebook, the middle of the page may be out of sight.
  placeBeside(near) {
    const maxTop = window.innerHeight - this.node.offsetHeight - 8;
    this.node.style.top = `${Math.max(8, Math.min(near.getBoundingClientRect().top, maxTop))}px`;
  }

  // The browser returns the focus to the tile that had it before; after moving through rows it belongs elsewhere.
  close() {
    const { row, grid } = this;
    const { focusIndex } = grid;
    this.row = grid.enlargedRow = null;
    this.node.close();
    if (row !== null) grid.goTo(focusIndex);
  }

  closeIfOutside(event) {
    if (event.target === this.node) this.close();
  }

  enlarge(large, near) {
    const hasImage = typeof large.uri === "string" && large.uri.startsWith(IMAGE_PREFIX);
    const onload = () => this.placeBeside(near);
    const parts = hasImage ? [make("img", { src: large.uri, alt: large.alt, onload })] : [];
    if (large.reason) parts.push(make("div", { textContent: large.reason }));
    const text = make("div", { className: "jsdf-whole", dir: "auto", textContent: large.text });
    this.show(`row ${large.index}`, large.row, near, ...parts, text);
  }

  help(lines, near) {
    const term = (keys) => make("dt", { textContent: keys });
    const parts = lines.flatMap(([keys, text]) => [term(keys), make("dd", { textContent: text })]);
    this.show("Keys", null, near, make("dl", { className: "jsdf-keys" }, ...parts));
  }
}
