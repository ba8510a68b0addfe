// Builds the elements of the grid once, and draws each view that the kernel sends.

const MIN_HEIGHT = 320; // pixels, enough for labels, actions and one line of tiles
const NOTEBOOK_MARGIN = 150; // pixels that a notebook needs around the scrolled area
// Part of the screen's height to use inside a frame, whose height does not tell that of the window.
const FRAME_SHARE = 0.7;

function build(grid) {
  const { setup } = grid;
  grid.filters = new Filters(grid);
  grid.legend = new Legend(grid);
  grid.actions = new Actions(grid);
  grid.panel = new Panel(grid);
  grid.summary = make("span", { className: "jsdf-summary" });
  grid.live = make("span", { className: "jsdf-live", role: "status" });
  aria(grid.live, { live: "polite" });
  const state = make("div", { className: "jsdf-state" }, grid.actions.pages, grid.summary, grid.live);
  grid.head = make("div", { className: "jsdf-head" }, grid.legend.node, grid.actions.node, state);
  grid.cells = Array.from({ length: setup.page_size }, makeCell);
  grid.table = makeTable(grid);
  grid.none = make("p", { className: "jsdf-empty" });
  const parts = [grid.filters.node, grid.head, grid.table, grid.none, grid.panel.node];
  grid.root = make("div", { className: "jsdf-grid jsdf-fitted" }, ...parts);
  grid.root.style.setProperty("--jsdf-size", `${Number(setup.size)}px`);
  grid.root.style.setProperty("--jsdf-columns", Number(setup.columns));
  grid.root.addEventListener("keydown", (event) => onKey(grid, event));
}

function makeTable(grid) {
  const { title, is_editable, columns, page_size, pictures } = grid.setup;
  const table = make("div", { className: pictures ? "jsdf-tiles" : "jsdf-tiles jsdf-texts", role: "grid" });
  for (let line = 0; line < page_size; line += columns) {
    const nodes = grid.cells.slice(line, line + columns).map((cell) => cell.node);
    table.append(make("div", { role: "row", className: "jsdf-row" }, ...nodes));
  }
  grid.cells.forEach((cell, i) => {
    cell.node.onfocus = () => grid.goTo(i, false);
    cell.node.onclick = (event) => grid.click(i, event);
    // Shift and a click would select the text between two tiles.
    cell.node.onmousedown = (event) => event.shiftKey && event.preventDefault();
  });
  aria(table, { label: `${title}: tiles`, multiselectable: is_editable, colcount: columns });
  return table;
}

// The tiles scroll inside the grid, below labels and actions, which cannot stick to the window in a notebook's output.
function fitHeight(grid) {
  const height = window.top === window ? window.innerHeight - NOTEBOOK_MARGIN : window.screen.availHeight * FRAME_SHARE;
  grid.root.style.setProperty("--jsdf-max-height", `${Math.round(Math.max(MIN_HEIGHT, height))}px`);
  grid.root.style.setProperty("--jsdf-head", `${grid.head.offsetHeight}px`);
}

function drawSetup(grid) {
  grid.setup = grid.model.get("setup");
  grid.legend.fill(grid.setup);
  grid.panel.legend.fill(grid.setup);
  draw(grid);
}

function draw(grid) {
  const hadFocus = grid.cells.some((cell) => cell.node === grid.focused);
  const pageBefore = grid.view.page;
  clearTimeout(grid.busyTimer);
  grid.view = grid.model.get("view");
  if (grid.view.page !== pageBefore) grid.selected = new Set();
  drawTiles(grid);
  grid.filters.draw(grid.setup, grid.view);
  grid.actions.draw(grid.view);
  grid.summary.textContent = grid.view.summary;
  grid.live.textContent = [grid.view.status_message, grid.note].filter(Boolean).join("; ");
  // A message equal to the summary is announced to screen readers, but not shown twice.
  grid.live.classList.toggle("jsdf-unseen", grid.view.status_message === grid.view.summary);
  restoreFocus(grid, hadFocus);
  grid.drawSelected();
}

function drawTiles(grid) {
  const uris = grid.model.get("pictures");
  grid.cells.forEach((cell, i) => drawCell(cell, grid.tiles[i], grid.tiles[i] && uris[grid.tiles[i].row]));
  aria(grid.table, { rowcount: Math.ceil(grid.view.total / grid.setup.columns) });
  grid.none.hidden = grid.tiles.length > 0;
  const showAll = button("Show all", "", () => grid.filters.clear());
  const message = grid.filters.isActive ? ["No row matches the filters. ", showAll] : ["There are no rows."];
  grid.none.replaceChildren(...message);
}

// Moves the focus to the tile of a requested page, else to the new place of the row that had it.
function restoreFocus(grid, hadFocus) {
  const { pendingMove } = grid;
  if (pendingMove && pendingMove.from !== grid.view.page) {
    grid.pendingMove = null;
    clearTimeout(grid.moveTimer);
    return grid.goTo(pendingMove.index, pendingMove.focus || hadFocus);
  }
  const index = grid.tiles.findIndex((tile) => tile.row === grid.row);
  grid.goTo(Math.max(0, index), hadFocus);
}

function drawLarge(grid) {
  const large = grid.model.get("large");
  clearTimeout(grid.busyTimer);
  // Ignore replies for a row that is no longer requested, or after the dialog was closed.
  if ("row" in large && large.row === grid.enlargedRow) grid.panel.enlarge(large, grid.cells[grid.focusIndex].node);
  grid.goTo(grid.focusIndex, false);
}
