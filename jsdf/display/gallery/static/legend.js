// Label buttons with their keys, and a search field if there are more labels than digit keys.

class Legend {
  constructor(grid) {
    this.grid = grid;
    this.finder = make("input", { type: "search", placeholder: "find a label ( / )", oninput: () => this.filter() });
    aria(this.finder, { label: "find a label" });
    this.node = make("div", { className: "jsdf-labels", role: "group" });
    aria(this.node, { label: "labels" });
  }

  fill({ names, is_editable, can_clear }) {
    this.node.hidden = !is_editable;
    if (!is_editable) return;
    this.finder.hidden = names.length <= MAX_DIGIT_KEYS;
    const shortcut = (i) => (i < MAX_DIGIT_KEYS ? String(i + 1) : "");
    this.buttons = names.map((name, i) => this.button(name, shortcut(i), () => this.grid.choose(i)));
    this.none = this.button("no label", "0", () => this.grid.clear());
    this.none.classList.add("jsdf-none");
    this.node.replaceChildren(this.finder, ...this.buttons, ...(can_clear ? [this.none] : []));
  }

  button(name, shortcut, action) {
    const text = make("bdi", { textContent: name });
    const node = make("button", { type: "button", name, title: name, onclick: this.grid.onClick(action) });
    node.append(...(shortcut ? [key(shortcut), " "] : []), text);
    return node;
  }

  press(tile) {
    if (this.node.hidden) return;
    this.buttons.forEach((node, i) => aria(node, { pressed: Boolean(tile?.labels.includes(i)) }));
    const pressed = this.buttons.find((node) => node.getAttribute("aria-pressed") === "true");
    if (pressed && !this.finder.hidden) this.node.scrollTop = pressed.offsetTop - pressed.offsetHeight;
    aria(this.none, { pressed: Boolean(tile && !tile.labels.length) });
  }

  filter() {
    const needle = this.finder.value.toLowerCase();
    for (const node of this.buttons) node.hidden = !node.name.toLowerCase().includes(needle);
  }

  chooseFirst() {
    this.buttons.find((node) => !node.hidden)?.click();
    this.resetFilter();
  }

  resetFilter() {
    this.finder.value = "";
    this.filter();
  }
}
