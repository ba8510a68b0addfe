// The grid of a gallery or a review. The kernel holds the state; this module draws it and sends the user's actions.
// Values from the data are set only by textContent or as attribute values; images are data: URIs made by the kernel.

const BUSY_NOTICE_MS = 1500; // milliseconds without a reply after which the user is told that the kernel is busy
const MAX_WAIT_MS = 5000; // milliseconds after which keys work again although the next page has not come

class Grid {
  constructor(model) {
    this.model = model;
    this.setup = model.get("setup");
    this.view = model.get("view");
    this.selected = new Set(); // rows selected for the next action; if empty, it applies to the focused row
    this.focusIndex = 0; // tile of the page that has the focus when the grid has it
    this.row = null; // row of this tile: it keeps the focus when tiles change their places
    this.pendingMove = null; // the page change that was requested, and the tile to focus on the new page
    this.enlargedRow = null; // the row requested for the dialog; null once the dialog is closed
    this.note = ""; // message shown beside that of the kernel
    this.keys = makeKeymap(this);
    build(this);
    drawSetup(this);
  }

  get tiles() {
    return this.view.tiles;
  }
  get focused() {
    return this.root.getRootNode().activeElement;
  }
  get targets() {
    if (this.panel.row !== null) return [this.panel.row];
    const shown = this.tiles.filter((tile) => this.selected.has(tile.row)).map((tile) => tile.row);
    return shown.length ? shown : this.tiles[this.focusIndex] ? [this.tiles[this.focusIndex].row] : [];
  }

  // Actions of the user, called by keys and buttons.
  send(message) {
    this.model.send(message);
    this.note = "";
    clearTimeout(this.busyTimer);
    const notice = () => (this.live.textContent = "waiting for the kernel, which is busy");
    this.busyTimer = setTimeout(notice, BUSY_NOTICE_MS);
  }
  // Shows a message until the next action, also while replies to earlier ones arrive.
  announce(note) {
    this.live.textContent = this.note = note;
  }
  // A click by mouse returns the focus to the tile, so that keys work on; a click by keyboard keeps it on the button.
  onClick(action) {
    return (event) => {
      action(event);
      if (event.detail > 0 && !this.panel.node.open) this.goTo(this.focusIndex);
      else if (event.detail > 0) this.panel.body.focus();
    };
  }
  applyToTargets(action, more = {}) {
    const rows = this.targets;
    if (!rows.length || this.pendingMove) return false;
    const several = this.selected.size > 0 && this.panel.row === null;
    if (several) this.setSelected([]);
    this.send({ do: action, rows, ...more });
    return !several;
  }
  choose(label) {
    if (this.applyToTargets("choose", { label })) this.advance();
  }
  clear() {
    if (this.setup.can_clear && this.applyToTargets("clear")) this.advance();
  }
  advance() {
    if (this.view.is_auto_advancing && !this.setup.multiple) this.move(1);
  }
  accept() {
    if (this.applyToTargets("accept")) this.move(1);
  }
  mark() {
    this.applyToTargets("mark");
  }
  undo() {
    this.send({ do: "undo" });
  }
  autoAdvance(on) {
    if (!this.setup.multiple) this.send({ do: "auto_advance", on });
  }
  sort(by) {
    this.row = null;
    this.send({ do: "sort", by });
  }
  refresh() {
    this.filters.send();
  }
  enlarge() {
    const tile = this.tiles[this.focusIndex];
    if (!tile) return;
    this.enlargedRow = tile.row;
    this.send({ do: "enlarge", row: tile.row });
  }
  help() {
    this.panel.help(helpLines(this.setup), this.head);
  }
  focusSearch() {
    const hasFinder = this.setup.is_editable && this.setup.names.length > MAX_DIGIT_KEYS;
    (hasFinder ? this.legend.finder : this.filters.search).focus();
  }
  escape() {
    if (this.panel.node.open) return this.panel.close();
    this.enlargedRow = null;
    if (this.selected.size) return this.setSelected([]);
    this.focused?.blur();
    // Focus the notebook's cell if possible, so that its own keys work again.
    this.root.parentElement?.closest("[tabindex]")?.focus({ preventScroll: true });
  }

  // Selecting and moving.
  toggleSelected() {
    const row = this.tiles[this.focusIndex]?.row;
    if (row === undefined) return;
    const others = [...this.selected].filter((other) => other !== row);
    this.setSelected(this.selected.has(row) ? others : [...others, row]);
  }
  setSelected(rows) {
    const sizeBefore = this.selected.size;
    this.selected = new Set(rows);
    if (sizeBefore || rows.length) this.announce(rows.length ? `${rows.length} selected` : "none selected");
    this.drawSelected();
  }
  selectTo(position) {
    const [first, last] = [Math.min(this.focusIndex, position), Math.max(this.focusIndex, position)];
    this.setSelected([...this.selected, ...this.tiles.slice(first, last + 1).map((tile) => tile.row)]);
  }
  drawSelected() {
    this.cells.forEach((cell, i) => aria(cell.node, { selected: this.selected.has(this.tiles[i]?.row) }));
  }
  goTo(position, focus = true) {
    this.focusIndex = Math.max(0, Math.min(position, this.tiles.length - 1));
    const tile = this.tiles[this.focusIndex];
    this.row = tile ? tile.row : this.row;
    this.cells.forEach((cell, i) => (cell.node.tabIndex = i === this.focusIndex ? 0 : -1));
    this.legend.press(tile);
    this.panel.legend.press(this.tiles.find((other) => other.row === this.panel.row));
    if (this.panel.row !== null && tile && tile.row !== this.enlargedRow) this.enlarge();
    else if (focus && tile && !this.panel.node.open) this.cells[this.focusIndex].node.focus();
  }
  page(by, event) {
    const page = this.view.page + by;
    if (this.pendingMove) return;
    if (page < 0 || page >= this.view.pages) return this.announce(`this is the ${by < 0 ? "first" : "last"} page`);
    this.goToPage(page, 0, event?.type === "keydown" || event?.detail > 0);
  }
  goToPage(page, index, focus = true) {
    this.pendingMove = { from: this.view.page, index, focus };
    this.send({ do: "go_to_page", page });
    clearTimeout(this.moveTimer);
    this.moveTimer = setTimeout(() => (this.pendingMove = null), MAX_WAIT_MS);
  }
  move(by, extend = false) {
    const next = this.focusIndex + by;
    if (this.pendingMove) return;
    if (next >= 0 && next < this.tiles.length) return this.moveWithinPage(next, extend);
    const page = this.view.page + Math.sign(by);
    if (page < 0 || page >= this.view.pages) return this.announce(`this is the ${by < 0 ? "first" : "last"} row`);
    this.goToPage(page, by < 0 ? this.setup.page_size : 0);
  }
  moveWithinPage(next, extend) {
    this.note = "";
    if (extend) this.selectTo(next);
    this.goTo(next);
  }
  // Moves by a line; the number of tiles per line depends on the width of the page.
  moveLine(by, extend = false) {
    const tops = this.cells.slice(0, this.tiles.length).map((cell) => cell.node.offsetTop);
    const tilesPerLine = Math.max(1, tops.filter((top) => top === tops[0]).length);
    const next = this.focusIndex + by * tilesPerLine;
    if (this.pendingMove) return;
    if (next >= 0 && next < this.tiles.length) return this.moveWithinPage(next, extend);
    const isInLastLine = tops[this.focusIndex] === tops[tops.length - 1];
    if (by > 0 && !isInLastLine) return this.moveWithinPage(this.tiles.length - 1, extend);
    const page = this.view.page + by;
    const column = this.focusIndex % tilesPerLine;
    const last = this.setup.page_size - tilesPerLine + column;
    if (page >= 0 && page < this.view.pages) this.goToPage(page, by > 0 ? column : last);
  }
  click(i, event) {
    const several = this.setup.is_editable && (event.shiftKey || event.ctrlKey || event.metaKey);
    if (several && event.shiftKey) this.selectTo(i);
    else if (!several && this.selected.size) this.setSelected([]);
    this.goTo(i);
    if (several && !event.shiftKey) this.toggleSelected();
    else if (!several && (!this.setup.is_editable || event.detail > 1)) this.enlarge();
  }
}

function render({ model, el }) {
  const disconnectSavedPage = connectSavedPage({ model, el });
  const grid = new Grid(model);
  el.append(grid.root);
  const fit = () => fitHeight(grid);
  // Images come in the same message as the view, so they are set when "change:view" is fired.
  const changes = [
    ["change:setup", () => drawSetup(grid)],
    ["change:view", () => draw(grid)],
    ["change:large", () => drawLarge(grid)],
  ];
  for (const [name, action] of changes) model.on(name, action);
  const capture = (event) => suppressShortcuts(grid, event);
  window.addEventListener("resize", fit);
  window.addEventListener("keydown", capture, true);
  const observer = new ResizeObserver(fit); // called first when the grid is attached to a page
  observer.observe(grid.head);
  return () => {
    disconnectSavedPage();
    observer.disconnect();
    [grid.busyTimer, grid.moveTimer, grid.filters.typing].forEach(clearTimeout);
    window.removeEventListener("resize", fit);
    window.removeEventListener("keydown", capture, true);
    for (const [name, action] of changes) model.off(name, action);
  };
}

export default { render };
