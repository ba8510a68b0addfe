// State of one view in the browser, and the actions of its user. The kernel holds the labels; here is only what one
// person looks at: the current row, the rows that are picked, which parts are open.
import { DIGIT_KEYS } from "./names.js";

const BUSY_NOTICE_MS = 1500; // milliseconds without a reply after which the user is told that the kernel is busy
const MAX_WAIT_MS = 5000; // milliseconds after which keys work again although the next page has not come
const SEARCH_PAUSE_MS = 150; // milliseconds without a key after which a search is sent
const PIXELS_STEP = 64; // thumbnails are made in a few sizes only, up to the largest
const MAX_PIXELS = 256;
const NARROW = 700; // pixels of width up to which the sidebar lies over the tiles

export class Bench {
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
    this.focusRow = null; // row of the focus view, asked for or shown; null if it is closed
    this.overlay = null; // name of the dialog that is open
    this.menuIsOpen = false;
    this.sideIsOpen = null; // null: open if there is room
    this.search = this.view.filters.text;
    this.labelSearch = "";
    this.note = ""; // message shown beside that of the kernel
    this.isWaiting = false; // no reply for a while
    this.width = 0;
    this.columns = 1; // tiles a line, as drawn
    this.size = this.setup.size;
    this.pixels = this.size; // of the thumbnails
    this.valueHeight = this.size; // pixels of a picture or text in its tile, so that the lines fill the stage
    this.hasFocus = () => false; // whether a tile has the focus
    this.measure = () => {}; // counts the tiles that the stage holds
    this.toldAt = this.view.revision; // revision at which the kernel last named a current row
    this.undone = null; // number of undo steps after which labels are taken again
    this.dialogRows = []; // rows that a new label goes to: those of the moment at which its dialog opened
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
  get isNarrow() {
    return this.width > 0 && this.width < NARROW;
  }
  get hasSide() {
    return this.sideIsOpen ?? !this.isNarrow;
  }
  get pictures() {
    return this.model.get("pictures");
  }
  get facets() {
    return this.model.get("facets");
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
  get hasManyLabels() {
    return this.setup.names.length > DIGIT_KEYS;
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

  // Labels and other actions on rows.
  apply(action, more = {}) {
    const rows = this.targets;
    if (!this.isEditable || !rows.length || this.isMoving) return false;
    const several = this.hasPicked;
    if (several) this.pick([]);
    this.send({ do: action, rows, ...more });
    return !several;
  }
  choose(label) {
    if (label < this.setup.names.length && this.apply("choose", { label })) this.advance();
  }
  clear() {
    if (this.setup.can_clear && this.apply("clear")) this.advance();
  }
  advance() {
    if (this.view.is_auto_advancing && !this.setup.multiple) this.move(1);
  }
  accept() {
    if (this.apply("accept")) this.move(1);
  }
  mark() {
    this.apply("mark");
  }
  undo() {
    if (!this.isEditable) return;
    this.undone = Math.max(this.undone ?? 0, this.view.undone) + 1;
    clearTimeout(this.undoTimer);
    this.undoTimer = setTimeout(() => (this.undone = null), MAX_WAIT_MS);
    this.send({ do: "undo" });
  }
  acceptAll(scope) {
    this.menuIsOpen = false;
    const { total, tiles } = this.view;
    if (this.isEditable && !this.isMoving) this.send({ do: "accept_all", scope, total, rows: tiles.map((tile) => tile.row) });
    this.redraw();
  }
  addLabel(name) {
    this.send({ do: "add_label", name, rows: this.dialogRows });
    if (this.hasPicked) this.pick([]);
    this.close();
  }
  writeNote(text) {
    const tile = this.noted;
    if (tile) this.send({ do: "note", row: tile.row, text });
    this.close();
  }
  autoAdvance(on) {
    if (this.isEditable && !this.setup.multiple) this.send({ do: "auto_advance", on });
  }

  // Filters and order.
  filter(changes) {
    this.row = this.tile?.row ?? this.row;
    // At once, so that a second click before the reply keeps the first one's filter.
    this.view = { ...this.view, filters: { ...this.view.filters, text: this.search, ...changes } };
    this.dropPicked();
    this.send({ do: "filter", ...this.view.filters, near: this.row });
  }
  // Rows that were picked may not be among those that are shown next.
  dropPicked() {
    if (this.picked.size) this.pick([]);
  }
  showAll() {
    this.search = "";
    this.filter({ labels: [], status: null, text: "", score: null, cell: null, columns: {} });
    if (this.view.filters.similar !== null) this.send({ do: "similar", row: null });
  }
  filterColumn(name, chosen) {
    const columns = { ...this.view.filters.columns, [name]: chosen };
    if (chosen === null) delete columns[name];
    this.filter({ columns });
  }
  // A click filters by this label alone or ends that; with shift it is added to the others, or taken away.
  toggleLabel(label, several) {
    const { labels } = this.view.filters;
    const has = labels.includes(label);
    if (several) this.filter({ labels: has ? labels.filter((other) => other !== label) : [...labels, label] });
    else this.filter({ labels: has && labels.length === 1 ? [] : [label] });
  }
  searchFor(text) {
    this.search = text;
    clearTimeout(this.searchTimer);
    this.searchTimer = setTimeout(() => this.filter({}), SEARCH_PAUSE_MS);
    this.redraw();
  }
  sort(by) {
    this.row = null;
    this.send({ do: "sort", by });
  }
  sample(n) {
    this.menuIsOpen = false;
    this.row = null;
    this.dropPicked();
    this.send({ do: "sort", by: "random", n });
    this.redraw();
  }
  similar() {
    if (this.setup.can_find_similar && this.tile) this.send({ do: "similar", row: this.tile.row });
  }
  // Back to the row, after typing in a field.
  leaveField() {
    this.labelSearch = "";
    this.goTo(this.index);
  }
  refresh() {
    this.filter({});
  }

  // Layout.
  setLayout(layout) {
    this.menuIsOpen = false;
    this.send({ do: "layout", layout });
    this.redraw();
  }
  setSize(size) {
    this.size = Math.max(48, Math.min(Number(size), 256));
    this.measure();
    this.redraw();
  }
  toggleSide() {
    this.sideIsOpen = !this.hasSide;
    this.redraw();
  }
  toggleMenu() {
    this.menuIsOpen = !this.menuIsOpen;
    this.redraw();
  }
  // Asks for as many tiles as the stage holds.
  fit(columns, lines) {
    const size = Math.max(1, Math.min(columns * lines, 200));
    const pixels = this.setup.pictures ? Math.min(PIXELS_STEP * Math.ceil(this.valueHeight / PIXELS_STEP), MAX_PIXELS) : 0;
    const isBlurred = pixels > this.pixels;
    if (this.isList || (size === this.fitted && !isBlurred)) return;
    this.fitted = size;
    this.pixels = Math.max(pixels, this.pixels);
    if (size !== this.view.page_size || isBlurred)
      this.send({ do: "resize", page_size: size, pixels, near: this.tile?.row ?? null });
    this.redraw();
  }
  // True once the page has as many tiles as the stage holds.
  get isFitted() {
    return this.isList || this.fitted === this.view.page_size;
  }

  // Dialogs and the focus view.
  get isFocusOpen() {
    return this.focusRow !== null;
  }
  open(overlay) {
    this.overlay = overlay;
    this.menuIsOpen = false;
    [this.noted, this.dialogRows] = [this.tile, this.targets];
    this.redraw();
  }
  close() {
    this.overlay = null;
    this.wantsFocus = true;
    this.redraw();
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
  escape(leave) {
    if (this.overlay) return this.close();
    if (this.menuIsOpen) return this.toggleMenu();
    if (this.isFocusOpen) return this.leaveFocus();
    if (this.isNarrow && this.sideIsOpen) return this.toggleSide();
    if (this.picked.size) return this.pick([]);
    return leave();
  }

  // Picking and moving.
  pick(rows) {
    const before = this.picked.size;
    this.picked = new Set(rows);
    if (before || rows.length) this.announce(rows.length ? `${rows.length} picked` : "none picked");
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
