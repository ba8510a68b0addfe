// What stands over the tiles: filters, and a button for every key.

class Filters {
  constructor(grid) {
    this.grid = grid;
    const [labels, label] = choice("label", () => this.send());
    const [statuses, status] = choice("status", () => this.send());
    const [orders, order] = choice("order", (by) => grid.sort(by));
    this.search = make("input", { type: "search", maxLength: 1000, oninput: () => this.later(), onchange: () => this.send() });
    aria(this.search, { label: "search" });
    Object.assign(this, { label, status, order, home: null });
    const search = make("label", {}, make("span", { textContent: "search" }), this.search);
    this.node = make("div", { className: "jsdf-filters" }, labels, statuses, orders, search);
  }

  get set() {
    const { view } = this.grid;
    return view.label !== null || view.status !== null || view.text !== "";
  }

  later() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.send(), 250);
  }

  // Whoever takes the filters away again is back at the row that they came from.
  send() {
    clearTimeout(this.typing);
    const label = this.label.value === "" ? null : Number(this.label.value);
    const asked = { label, status: this.status.value || null, text: this.search.value };
    const some = label !== null || asked.status !== null || asked.text !== "";
    if (some && !this.set) this.home = this.grid.row;
    if (!some && this.set && this.home !== null) this.grid.row = this.home;
    this.grid.send({ do: "filter", ...asked, ...(some ? {} : { near: this.grid.row }) });
  }

  clear() {
    this.label.value = this.status.value = this.search.value = "";
    this.send();
  }

  draw(setup, view) {
    const named = setup.names.map((name, i) => [String(i), `${name} (${view.counts[i]})`]);
    fill(this.label, [["", "all"], ...named, ["-1", "none"]], view.label === null ? "" : String(view.label));
    const states = Object.entries(view.statuses).map(([name, n]) => [name, `${name} (${n})`]);
    fill(this.status, [["", "all"], ...states], view.status ?? "");
    fill(this.order, Object.entries(setup.sorts), view.order_by);
    if (this.grid.focused !== this.search) this.search.value = view.text;
  }
}

class Actions {
  constructor(grid) {
    const { setup } = grid;
    const by = (text, shortcut, action, name) => button(text, shortcut, grid.byHand(action), name);
    this.place = make("span", { className: "jsdf-place" });
    this.previous = by("Previous", "PageUp", (event) => grid.page(-1, event), "Previous page");
    this.next = by("Next", "PageDown", (event) => grid.page(1, event), "Next page");
    this.autoAdvance = make("input", { type: "checkbox", onchange: () => grid.autoAdvance(this.autoAdvance.checked) });
    const editing = [by("Accept", "Enter", () => grid.accept()), by("Undo", "u", () => grid.undo()),
      by("Mark", "m", () => grid.mark()), by("Pick", "Space", () => grid.pick())];
    const autoAdvance = make("label", { className: "jsdf-auto-advance" }, this.autoAdvance, " go on after a label ", key("g"));
    autoAdvance.hidden = setup.multiple;
    this.node = make("div", { className: "jsdf-actions", role: "toolbar" }, ...editing,
      by("Refresh", "r", () => grid.refresh()), autoAdvance);
    this.node.hidden = !setup.is_editable;
    this.pages = make("div", { className: "jsdf-pages", role: "toolbar" }, this.previous, this.place, this.next,
      by("Enlarge", "e", () => grid.enlarge()), by("Keys", "?", () => grid.help()));
    aria(this.pages, { label: "pages" });
    aria(this.node, { label: "actions" });
  }

  draw(view) {
    this.place.textContent = `page ${view.page + 1} of ${view.pages}`;
    enable(this.previous, view.page > 0);
    enable(this.next, view.page < view.pages - 1);
    this.autoAdvance.checked = Boolean(view.is_auto_advancing);
  }
}
