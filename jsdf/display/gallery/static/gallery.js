// The grid of a gallery or a review. The kernel holds the state: this draws it and sends what a person does.
// Whatever comes from data is set by textContent, or as an attribute's value, and pictures are data: URIs made there.

const SLOW = 1500; // milliseconds after which a person is told that the kernel has not answered yet
const GIVE_UP = 5000; // and after which keys are taken again, though the next page is not there

class Grid {
  constructor(model) {
    this.model = model;
    this.setup = model.get("setup");
    this.view = model.get("view");
    this.picked = new Set(); // rows that the next step is for, in place of the one in focus
    this.at = 0; // which tile of the page has the focus when the grid has it
    this.row = null; // the row that is there: the focus stays with it when tiles move
    this.landing = null; // the page that is waited for, and the tile to go to there
    this.asked = null; // the row that is to be enlarged, null from when the panel is closed
    this.note = ""; // what is told besides what the kernel says
    this.keys = keysOf(this);
    build(this);
    renew(this);
  }

  get tiles() {
    return this.view.tiles;
  }
  get focused() {
    return this.root.getRootNode().activeElement;
  }
  get targets() {
    if (this.panel.row !== null) return [this.panel.row];
    const shown = this.tiles.filter((tile) => this.picked.has(tile.row)).map((tile) => tile.row);
    return shown.length ? shown : this.tiles[this.at] ? [this.tiles[this.at].row] : [];
  }

  // What a person can do; keys and buttons come in here alike.
  send(message) {
    this.model.send(message);
    this.note = "";
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => (this.live.textContent = "waiting for the kernel, which is busy"), SLOW);
  }
  // What stands until something else is done, beside the answers that are still under way.
  tell(note) {
    this.live.textContent = this.note = note;
  }
  // Keys go on after a click by hand, which would leave the focus on a button; one by keyboard stays there.
  byHand(action) {
    return (event) => {
      action(event);
      if (event.detail > 0 && !this.panel.node.open) this.goTo(this.at);
      else if (event.detail > 0) this.panel.body.focus();
    };
  }
  step(what, more = {}) {
    const rows = this.targets;
    if (!rows.length || this.landing) return false;
    const several = this.picked.size > 0 && this.panel.row === null;
    if (several) this.pickOnly([]);
    this.send({ do: what, rows, ...more });
    return !several;
  }
  choose(label) {
    if (this.step("choose", { label }) && this.view.is_auto_advancing && !this.setup.multiple) this.move(1);
  }
  clear() {
    if (this.setup.can_clear && this.step("clear") && this.view.is_auto_advancing && !this.setup.multiple) this.move(1);
  }
  accept() {
    if (this.step("accept")) this.move(1);
  }
  mark() {
    this.step("mark");
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
    const tile = this.tiles[this.at];
    if (!tile) return;
    this.asked = tile.row;
    this.send({ do: "enlarge", row: tile.row });
  }
  help() {
    this.panel.help(helpOf(this.setup), this.head);
  }
  find() {
    const field = this.setup.is_editable && this.setup.names.length > DIGITS ? this.legend.finder : this.filters.search;
    field.focus();
  }
  leave() {
    if (this.panel.node.open) return this.panel.close();
    this.asked = null;
    if (this.picked.size) return this.pickOnly([]);
    this.focused?.blur();
    // To the notebook's cell, where it is one that can be focused: its own keys work there again.
    this.root.parentElement?.closest("[tabindex]")?.focus({ preventScroll: true });
  }

  // Picking and moving.
  pick() {
    const row = this.tiles[this.at]?.row;
    if (row === undefined) return;
    this.pickOnly(this.picked.has(row) ? [...this.picked].filter((other) => other !== row) : [...this.picked, row]);
  }
  pickOnly(rows) {
    const had = this.picked.size;
    this.picked = new Set(rows);
    if (had || rows.length) this.tell(rows.length ? `${rows.length} picked` : "none picked");
    this.drawPicked();
  }
  pickTo(position) {
    const [first, last] = [Math.min(this.at, position), Math.max(this.at, position)];
    this.pickOnly([...this.picked, ...this.tiles.slice(first, last + 1).map((tile) => tile.row)]);
  }
  drawPicked() {
    this.cells.forEach((cell, i) => aria(cell.node, { selected: this.picked.has(this.tiles[i]?.row) }));
  }
  goTo(position, focus = true) {
    this.at = Math.max(0, Math.min(position, this.tiles.length - 1));
    const tile = this.tiles[this.at];
    this.row = tile ? tile.row : this.row;
    this.cells.forEach((cell, i) => (cell.node.tabIndex = i === this.at ? 0 : -1));
    this.legend.press(tile);
    this.panel.legend.press(this.tiles.find((other) => other.row === this.panel.row));
    if (this.panel.row !== null && tile && tile.row !== this.asked) this.enlarge();
    else if (focus && tile && !this.panel.node.open) this.cells[this.at].node.focus();
  }
  page(by, event) {
    const there = this.view.page + by;
    if (this.landing) return;
    if (there < 0 || there >= this.view.pages) return this.tell(`this is the ${by < 0 ? "first" : "last"} page`);
    this.goToPage(there, 0, event?.type === "keydown" || event?.detail > 0);
  }
  goToPage(page, at, focus = true) {
    this.landing = { from: this.view.page, at, focus };
    this.send({ do: "go_to_page", page });
    clearTimeout(this.patience);
    this.patience = setTimeout(() => (this.landing = null), GIVE_UP);
  }
  move(by, extend = false) {
    const next = this.at + by;
    if (this.landing) return;
    if (next >= 0 && next < this.tiles.length) return this.moveTo(next, extend);
    const page = this.view.page + Math.sign(by);
    if (page < 0 || page >= this.view.pages) return this.tell(`this is the ${by < 0 ? "first" : "last"} row`);
    this.goToPage(page, by < 0 ? this.setup.page_size : 0);
  }
  moveTo(next, extend) {
    this.note = "";
    if (extend) this.pickTo(next);
    this.goTo(next);
  }
  // As many tiles stand in a line as the page is wide.
  line(by, extend = false) {
    const tops = this.cells.slice(0, this.tiles.length).map((cell) => cell.node.offsetTop);
    const wide = Math.max(1, tops.filter((top) => top === tops[0]).length);
    const next = this.at + by * wide;
    if (this.landing || (next >= 0 && next < this.tiles.length)) return this.landing ? null : this.moveTo(next, extend);
    if (by > 0 && tops[this.at] !== tops[tops.length - 1]) return this.moveTo(this.tiles.length - 1, extend);
    const page = this.view.page + by;
    const column = this.at % wide;
    const last = this.setup.page_size - wide + column;
    if (page >= 0 && page < this.view.pages) this.goToPage(page, by > 0 ? column : last);
  }
  click(i, event) {
    const several = this.setup.is_editable && (event.shiftKey || event.ctrlKey || event.metaKey);
    if (several && event.shiftKey) this.pickTo(i);
    else if (!several && this.picked.size) this.pickOnly([]);
    this.goTo(i);
    if (several && !event.shiftKey) this.pick();
    else if (!several && (!this.setup.is_editable || event.detail > 1)) this.enlarge();
  }
}

function render({ model, el }) {
  const grid = new Grid(model);
  el.append(grid.root);
  const fit = () => makeRoom(grid);
  // The pictures come in the same message as the view, whose event is fired once both are there.
  const changes = [["change:setup", () => renew(grid)], ["change:view", () => draw(grid)], ["change:large", () => drawLarge(grid)]];
  for (const [name, action] of changes) model.on(name, action);
  const early = (event) => shield(grid, event);
  window.addEventListener("resize", fit);
  window.addEventListener("keydown", early, true);
  const watch = new ResizeObserver(fit); // the first time as soon as it is on a page
  watch.observe(grid.head);
  return () => {
    watch.disconnect();
    [grid.waiting, grid.patience, grid.filters.typing].forEach(clearTimeout);
    window.removeEventListener("resize", fit);
    window.removeEventListener("keydown", early, true);
    for (const [name, action] of changes) model.off(name, action);
  };
}

export default { render };
