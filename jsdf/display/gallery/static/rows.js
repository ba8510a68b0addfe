// The rows that one person looks at: the page that the kernel has sent, the current row, and the rows that are picked.
const BUSY_NOTICE_MS = 1500; // milliseconds without a reply after which the user is told that the kernel is busy
export const MAX_WAIT_MS = 5000; // milliseconds after which keys work again although the rows asked for have not come

export class Rows {
  constructor(model, redraw) {
    this.model = model;
    this.redraw = redraw;
    this.setup = model.get("setup");
    this.view = model.get("view");
    this.index = 0; // position on the page of the current tile
    this.row = this.view.current; // its row: it stays current when tiles change their places
    this.picked = new Set(); // rows picked for the next action, on any page; if empty, it applies to the current row
    this.wantsFocus = false; // the current tile gets the focus when it is drawn next
    this.pendingMove = null; // the page that was asked for, and the position on it that becomes current
    this.undone = null; // number of undo steps after which labels are taken again
    this.toldAt = this.view.revision; // revision at which the kernel last named a current row
    this.focusRow = null; // row of the focus view, asked for or shown; null if it is closed
    this.menuIsOpen = false;
    this.search = this.view.filters.text;
    this.note = ""; // message shown beside that of the kernel
    this.isWaiting = false; // no reply for a while
    this.columns = 1; // tiles a line, as drawn
    this.hasFocus = () => false; // whether a tile has the focus
    this.isTyping = () => false; // whether a field has the focus
    this.setIndex(Math.max(0, this.tiles.findIndex((tile) => tile.row === this.row)), false);
  }

  get tiles() {
    return this.view.tiles;
  }
  get tile() {
    return this.tiles[this.index];
  }
  get isEditable() {
    return this.setup.is_editable;
  }
  get isList() {
    return this.view.layout === "list";
  }
  get pictures() {
    return this.model.get("pictures");
  }
  // The data of the focus view; null while they have not come.
  get focus() {
    const focus = this.model.get("focus");
    return this.focusRow !== null && focus.row === this.focusRow ? focus : null;
  }
  // In the focus view, keys act on the row that it shows.
  get hasPicked() {
    return this.picked.size > 0 && !this.isFocusOpen;
  }
  // The kernel has been asked for other rows: until they have come, no key labels one.
  get isMoving() {
    return this.pendingMove !== null || (this.undone !== null && this.view.undone < this.undone);
  }
  get targets() {
    if (this.hasPicked) return [...this.picked];
    return this.tile ? [this.tile.row] : [];
  }
  // Message for screen readers and the foot; one that equals the summary is not shown twice.
  get message() {
    if (this.isWaiting) return "waiting for the kernel, which is busy";
    if (this.note && this.notedAt === this.view.revision) return this.note;
    return [this.view.status_message, this.note].filter(Boolean).join("; ");
  }

  // What the kernel sends.
  readSetup() {
    this.setup = this.model.get("setup");
    this.redraw();
  }
  readView() {
    const before = this.view;
    if (this.hasFocus()) this.wantsFocus = true; // else it would be lost with the tile that had it
    this.view = this.model.get("view");
    if (this.view.filters.text !== before.filters.text && !this.isTyping()) this.search = this.view.filters.text;
    this.endWaiting();
    const { current } = this.view;
    const moved = this.pendingMove && this.pendingMove.from !== this.view.page ? this.pendingMove : null;
    if (moved) {
      this.pendingMove = null;
      clearTimeout(this.moveTimer);
      this.setIndex(moved.index, moved.focus && !this.isTyping());
    } else {
      const isTold = current !== null && this.view.revision !== this.toldAt;
      if (isTold) this.toldAt = this.view.revision;
      const row = isTold ? current : this.row;
      const index = this.tiles.findIndex((tile) => tile.row === row);
      const fallback = this.view.page === before.page && this.isFocusOpen ? this.index : 0;
      this.setIndex(index < 0 ? fallback : index, false);
    }
    this.redraw();
  }
  readFocus() {
    this.isLeaving = false;
    this.endWaiting();
    this.redraw();
  }

  send(message) {
    this.note = "";
    clearTimeout(this.busyTimer);
    this.busyTimer = setTimeout(() => {
      this.isWaiting = true;
      this.redraw();
    }, BUSY_NOTICE_MS);
    this.model.send(message);
  }
  endWaiting() {
    clearTimeout(this.busyTimer);
    this.isWaiting = false;
  }
  // Ends the timers, after the view was removed.
  end() {
    [this.busyTimer, this.moveTimer, this.searchTimer, this.undoTimer].forEach(clearTimeout);
  }
  // Shows a message until the next action, after those of the kernel that come meanwhile.
  announce(note) {
    this.note = note;
    this.notedAt = this.view.revision;
    this.redraw();
  }

  // The focus view.
  get isFocusOpen() {
    return this.focusRow !== null;
  }
  enlarge() {
    if (!this.tile) return;
    this.focusRow = this.tile.row;
    this.menuIsOpen = false;
    if (this.model.get("focus").row !== this.focusRow || this.isLeaving) this.send({ do: "focus", row: this.focusRow });
    this.isLeaving = false;
    this.redraw();
  }
  leaveFocus() {
    this.focusRow = null;
    this.wantsFocus = true;
    this.isLeaving = true; // until the kernel has closed it
    this.send({ do: "focus", row: null });
    this.redraw();
  }

  // Picking and moving.
  pick(rows) {
    const before = this.picked.size;
    this.picked = new Set(rows);
    if (before || rows.length) this.announce(rows.length ? `${rows.length} picked` : "none picked");
  }
  // Rows that were picked may not be among those that are shown next.
  dropPicked() {
    if (this.picked.size) this.pick([]);
  }
  togglePicked() {
    const row = this.tile?.row;
    if (row === undefined || !this.isEditable) return;
    const others = [...this.picked].filter((other) => other !== row);
    this.pick(this.picked.has(row) ? others : [...others, row]);
  }
  pickTo(index) {
    const [first, last] = [Math.min(this.index, index), Math.max(this.index, index)];
    this.pick([...this.picked, ...this.tiles.slice(first, last + 1).map((tile) => tile.row)]);
  }
  setIndex(index, focus = true) {
    this.index = Math.max(0, Math.min(index, this.tiles.length - 1));
    this.row = this.tile?.row ?? this.row;
    if (focus) this.wantsFocus = true;
    if (this.isFocusOpen && this.tile && this.tile.row !== this.focusRow) this.enlarge();
  }
  goTo(index) {
    this.setIndex(index);
    this.redraw();
  }
  page(by, focus = true) {
    const page = this.view.page + by;
    if (this.pendingMove) return;
    if (page < 0 || page >= this.view.pages) return this.announce(`this is the ${by < 0 ? "first" : "last"} page`);
    this.goToPage(page, 0, focus);
  }
  goToPage(page, index, focus = true) {
    this.pendingMove = { from: this.view.page, index, focus };
    this.send({ do: "go_to_page", page });
    clearTimeout(this.moveTimer);
    this.moveTimer = setTimeout(() => (this.pendingMove = null), MAX_WAIT_MS);
  }
  move(by, extend = false) {
    const next = this.index + by;
    if (this.pendingMove) return;
    if (next >= 0 && next < this.tiles.length) return this.moveWithinPage(next, extend);
    const page = this.view.page + Math.sign(by);
    if (page < 0 || page >= this.view.pages) return this.announce(`this is the ${by < 0 ? "first" : "last"} row`);
    this.goToPage(page, by < 0 ? this.view.page_size - 1 : 0);
  }
  moveWithinPage(next, extend) {
    this.note = "";
    if (extend && this.isEditable) this.pickTo(next);
    this.goTo(next);
  }
  // Moves by a line of tiles.
  moveLine(by, extend = false) {
    const columns = this.isList ? 1 : this.columns;
    const next = this.index + by * columns;
    if (this.pendingMove) return;
    if (next >= 0 && next < this.tiles.length) return this.moveWithinPage(next, extend);
    const isInLastLine = Math.floor(this.index / columns) === Math.floor((this.tiles.length - 1) / columns);
    if (by > 0 && !isInLastLine) return this.moveWithinPage(this.tiles.length - 1, extend);
    const page = this.view.page + by;
    const column = this.index % columns;
    if (page >= 0 && page < this.view.pages) this.goToPage(page, by > 0 ? column : this.view.page_size - columns + column);
  }
  click(index, event) {
    const several = this.isEditable && (event.shiftKey || event.ctrlKey || event.metaKey);
    if (several && event.shiftKey) this.pickTo(index);
    else if (!several && this.picked.size) this.pick([]);
    this.setIndex(index);
    if (several && !event.shiftKey) this.togglePicked();
    if (!several && (!this.isEditable || event.detail > 1)) return this.enlarge();
    this.redraw();
  }
}
