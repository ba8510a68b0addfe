// What is shown over the grid: a row at full length, or the keys. It is as large as what it holds.

class Panel {
  constructor(grid) {
    this.grid = grid;
    this.row = null; // the row that is enlarged, null where the keys are shown or nothing is
    this.node = make("dialog", { className: "jsdf-panel", onclick: (event) => this.outside(event) });
    this.node.addEventListener("cancel", (event) => done(event, () => this.close()));
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
    const shut = !this.node.open;
    if (shut) this.node.showModal();
    this.place(near);
    if (shut) this.body.focus();
  }

  // Beside what it is about: the middle of the page is out of sight where a notebook shows an output in a tall frame.
  place(near) {
    const lowest = window.innerHeight - this.node.offsetHeight - 8;
    this.node.style.top = `${Math.max(8, Math.min(near.getBoundingClientRect().top, lowest))}px`;
  }

  // The browser gives the focus back to what had it; after moving on from row to row that is another tile.
  close() {
    const { row, grid } = this;
    const { at } = grid;
    this.row = grid.asked = null;
    this.node.close();
    if (row !== null) grid.goTo(at);
  }

  outside(event) {
    if (event.target === this.node) this.close();
  }

  enlarge(large, near) {
    const seen = typeof large.uri === "string" && large.uri.startsWith(MADE_THERE);
    const parts = seen ? [make("img", { src: large.uri, alt: large.alt, onload: () => this.place(near) })] : [];
    if (large.reason) parts.push(make("div", { textContent: large.reason }));
    const text = make("div", { className: "jsdf-whole", dir: "auto", textContent: large.text });
    this.show(`row ${large.index}`, large.row, near, ...parts, text);
  }

  help(lines, near) {
    const parts = lines.flatMap(([keys, text]) => [make("dt", { textContent: keys }), make("dd", { textContent: text })]);
    this.show("Keys", null, near, make("dl", { className: "jsdf-keys" }, ...parts));
  }
}
