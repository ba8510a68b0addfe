// What the grid is made of, once, and what is drawn of each view that the kernel sends.

const LEAST_ROOM = 320; // pixels: labels, actions and a line of tiles
const AROUND = 150; // pixels that a notebook takes around what is scrolled
const FRAMED = 0.7; // of the screen, where a frame is as tall as what it shows and tells nothing of the window

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
  grid.root = make("div", { className: "jsdf-grid jsdf-fitted" }, grid.filters.node, grid.head, grid.table, grid.none, grid.panel.node);
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
    // Shift and a click would mark text between two tiles.
    cell.node.onmousedown = (event) => event.shiftKey && event.preventDefault();
  });
  aria(table, { label: `${title}: tiles`, multiselectable: is_editable, colcount: columns });
  return table;
}

// The grid scrolls by itself below its labels and actions: a notebook's outputs do not let them stick to the window.
function makeRoom(grid) {
  const room = window.top === window ? window.innerHeight - AROUND : window.screen.availHeight * FRAMED;
  grid.root.style.setProperty("--jsdf-room", `${Math.round(Math.max(LEAST_ROOM, room))}px`);
  grid.root.style.setProperty("--jsdf-head", `${grid.head.offsetHeight}px`);
}

function renew(grid) {
  grid.setup = grid.model.get("setup");
  grid.legend.fill(grid.setup);
  grid.panel.legend.fill(grid.setup);
  draw(grid);
}

function draw(grid) {
  const held = grid.cells.some((cell) => cell.node === grid.focused);
  const before = grid.view.page;
  clearTimeout(grid.waiting);
  grid.view = grid.model.get("view");
  if (grid.view.page !== before) grid.picked = new Set();
  drawTiles(grid);
  grid.filters.draw(grid.setup, grid.view);
  grid.actions.draw(grid.view);
  grid.summary.textContent = grid.view.summary;
  grid.live.textContent = [grid.view.status_message, grid.note].filter(Boolean).join("; ");
  grid.live.classList.toggle("jsdf-unseen", grid.view.status_message === grid.view.summary); // heard once, and read once
  land(grid, held);
  grid.drawPicked();
}

function drawTiles(grid) {
  const uris = grid.model.get("pictures");
  grid.cells.forEach((cell, i) => drawCell(cell, grid.tiles[i], grid.tiles[i] && uris[grid.tiles[i].row]));
  aria(grid.table, { rowcount: Math.ceil(grid.view.total / grid.setup.columns) });
  grid.none.hidden = grid.tiles.length > 0;
  const all = button("Show all", "", () => grid.filters.clear());
  grid.none.replaceChildren(...(grid.filters.set ? ["No row passes the filters. ", all] : ["There are no rows."]));
}

// To the tile that a page was turned for, else to where the row went that had the focus.
function land(grid, held) {
  const { landing } = grid;
  if (landing && landing.from !== grid.view.page) {
    grid.landing = null;
    clearTimeout(grid.patience);
    return grid.goTo(landing.at, landing.focus || held);
  }
  const same = grid.tiles.findIndex((tile) => tile.row === grid.row);
  grid.goTo(Math.max(0, same), held);
}

function drawLarge(grid) {
  const large = grid.model.get("large");
  clearTimeout(grid.waiting);
  // What comes after the panel was closed, or left for another row, is of no use.
  if ("row" in large && large.row === grid.asked) grid.panel.enlarge(large, grid.cells[grid.at].node);
  grid.goTo(grid.at, false);
}
