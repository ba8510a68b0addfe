// State of one view in the browser, and the actions of its user. The kernel holds the labels; here is only what one
// person looks at: rows, and which parts are open.
import { DIGIT_KEYS } from "./names.js";
import { MAX_WAIT_MS, Rows } from "./rows.js";

const SEARCH_PAUSE_MS = 150; // milliseconds without a key after which a search is sent
const PIXELS_STEP = 64; // thumbnails are made in a few sizes only, up to the largest
const MAX_PIXELS = 256;
const NARROW = 700; // pixels of width up to which the sidebar lies over the tiles

const thumbnailPixels = (size) => Math.min(PIXELS_STEP * Math.ceil(size / PIXELS_STEP), MAX_PIXELS);

export class Bench extends Rows {
  constructor(model, redraw) {
    super(model, redraw);
    this.overlay = null; // name of the dialog that is open
    this.dialogRows = []; // rows that a new label goes to: those of the moment at which its dialog opened
    this.sideIsOpen = null; // null: open if there is room
    this.labelSearch = "";
    this.width = 0;
    this.size = this.setup.size;
    this.pixels = thumbnailPixels(this.size); // of the thumbnails, as the kernel makes them at first
    this.valueHeight = this.size; // pixels of a picture or text in its tile, so that the lines fill the stage
    this.measure = () => {}; // counts the tiles that the stage holds
  }

  get isNarrow() {
    return this.width > 0 && this.width < NARROW;
  }
  get hasSide() {
    return this.sideIsOpen ?? !this.isNarrow;
  }
  get facets() {
    return this.model.get("facets");
  }
  get hasManyLabels() {
    return this.setup.names.length > DIGIT_KEYS;
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
    const pixels = this.setup.pictures ? thumbnailPixels(this.valueHeight) : 0;
    const isBlurred = pixels > this.pixels;
    if (this.isList || (size === this.fitted && !isBlurred)) return;
    this.fitted = size;
    this.pixels = Math.max(pixels, this.pixels);
    const { page_size, revision } = this.view;
    // The revision tells the kernel whether other rows have been asked for: it does not go back to this one then.
    if (size !== page_size || isBlurred)
      this.send({ do: "resize", page_size: size, pixels, near: this.tile?.row ?? null, revision });
    this.redraw();
  }
  // True once the page has as many tiles as the stage holds.
  get isFitted() {
    return this.isList || this.fitted === this.view.page_size;
  }

  // Dialogs.
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
  escape(leave) {
    if (this.overlay) return this.close();
    if (this.menuIsOpen) return this.toggleMenu();
    if (this.isFocusOpen) return this.leaveFocus();
    if (this.isNarrow && this.sideIsOpen) return this.toggleSide();
    if (this.picked.size) return this.pick([]);
    return leave();
  }
}
