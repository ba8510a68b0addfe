// Controls above the tiles: filters, and a button for every key.

class Filters {
  constructor(grid) {
    this.grid = grid;
    const [labels, label] = choice("label", () => this.send());
    const [statuses, status] = choice("status", () => this.send());
    const [orders, order] = choice("order", (by) => grid.sort(by));
    const onSearch = { oninput: () => this.sendLater(), onchange: () => this.send() };
    this.search = make("input", { type: "search", maxLength: 1000, ...onSearch });
    aria(this.search, { label: "search" });
    Object.assign(this, { label, status, order, rowBefore: null });
    const search = make("label", {}, make("span", { textContent: "search" }), this.search);
    this.node = make("div", { className: "jsdf-filters" }, labels, statuses, orders, search);
  }

  get isActive() {
    const { view } = this.grid;
    return view.label !== null || view.status !== null || view.text !== "";
  }

  sendLater() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.send(), 250);
  }

  // Removing the filters returns to the row that was focused before they were set.
  send() {
    clearTimeout(this.typing);
    const label = this.label.value === "" ? null : Number(this.label.value);
    const filters = { label, status: this.status.value || null, text: this.search.value };
    const isActive = label !== null || filters.status !== null || filters.text !== "";
    if (isActive && !this.isActive) this.rowBefore = this.grid.row;
    if (!isActive && this.isActive && this.rowBefore !== null) this.grid.row = this.rowBefore;
    this.grid.send({ do: "filter", ...filters, ...(isActive ? {} : { near: this.grid.row }) });
  }

  clear() {
    this.label.value = this.status.value = this.search.value = "";
    this.send();
  }

  draw(setup, view) {
    const labelOptions = setup.names.map((name, i) => [String(i), `${name} (${view.counts[i]})`]);
    fill(this.label, [["", "all"], ...labelOptions, ["-1", "none"]], view.label === null ? "" : String(view.label));
    const statusOptions = Object.entries(view.statuses).map(([name, n]) => [name, `${name} (${n})`]);
    fill(this.status, [["", "all"], ...statusOptions], view.status ?? "");
    fill(this.order, Object.entries(setup.sorts), view.order_by);
    if (this.grid.focused !== this.search) this.search.value = view.text;
  }
}

class Actions {
  constructor(grid) {
    const { setup } = grid;
    const by = (text, shortcut, action, name) => button(text, shortcut, grid.onClick(action), name);
    this.pageLabel = make("span", { className: "jsdf-page" });
    this.previous = by("Previous", "PageUp", (event) => grid.page(-1, event), "Previous page");
    this.next = by("Next", "PageDown", (event) => grid.page(1, event), "Next page");
    this.autoAdvance = make("input", { type: "checkbox", onchange: () => grid.autoAdvance(this.autoAdvance.checked) });
    const editing = [by("Accept", "Enter", () => grid.accept()), by("Undo", "u", () => grid.undo()),
      by("Mark", "m", () => grid.mark()), by("Select", "Space", () => grid.toggleSelected())];
    const autoAdvance = make("label", { className: "jsdf-auto-advance" }, this.autoAdvance, " auto-advance ", key("g"));
    autoAdvance.hidden = setup.multiple;
    this.node = make("div", { className: "jsdf-actions", role: "toolbar" }, ...editing,
      by("Refresh", "r", () => grid.refresh()), autoAdvance);
    this.node.hidden = !setup.is_editable;
    this.pages = make("div", { className: "jsdf-pages", role: "toolbar" }, this.previous, this.pageLabel, this.next,
      by("Enlarge", "e", () => grid.enlarge()), by("Keys", "?", () => grid.help()));
    aria(this.pages, { label: "pages" });
    aria(this.node, { label: "actions" });
  }

  draw(view) {
    this.pageLabel.textContent = `page ${view.page + 1} of ${view.pages}`;
    enable(this.previous, view.page > 0);
    enable(this.next, view.page < view.pages - 1);
    this.autoAdvance.checked = Boolean(view.is_auto_advancing);
  }
}
