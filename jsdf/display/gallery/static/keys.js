// Keys. None leaves the grid but the one that saves: a notebook in command mode would cut cells at an x.

const TYPED_IN = "input:not([type=checkbox]), select, textarea";

function helpOf({ is_editable, multiple, can_clear, names }) {
  const none = multiple ? "take every label of the row away: no, for each of them" : "take the label away: the row has none";
  const digits = `1 to ${Math.min(DIGITS, names.length)}`;
  const editing = [
    [digits, multiple ? "give the row this label, or take it away" : "choose the label"],
    ...(can_clear ? [["0, Backspace", none]] : []),
    ["Enter", "accept and go on"],
    ...(multiple ? [] : [["g", "go on after a label by itself, or no longer"]]),
    ["u, Ctrl+Z", "undo"],
    ["m", "mark for later"],
    ["Space, Shift+arrows, Shift+click", "pick several tiles for one step"],
    ["r", "refresh: filter and sort again, by what the labels are now"],
  ];
  return [
    ["arrows, Home, End", "move"],
    ["PageUp, PageDown", "turn the page"],
    ["/", is_editable && names.length > DIGITS ? "find a label" : "search"],
    ["e", is_editable ? "enlarge; the keys for labels work there too" : "enlarge"],
    ...(is_editable ? editing : [["Enter", "enlarge"]]),
    ["Esc", "close, or leave the grid"],
  ];
}

function keysOf(grid) {
  const editing = {
    u: () => grid.undo(), m: () => grid.mark(), 0: () => grid.clear(), Backspace: () => grid.clear(),
    Enter: () => grid.accept(),
  };
  const enlarged = {
    Escape: () => grid.leave(), ArrowRight: () => grid.move(1), ArrowLeft: () => grid.move(-1),
    ...(grid.setup.is_editable ? editing : {}),
  };
  const tiles = {
    ArrowRight: (e) => grid.move(1, e.shiftKey), ArrowLeft: (e) => grid.move(-1, e.shiftKey),
    ArrowDown: (e) => grid.line(1, e.shiftKey), ArrowUp: (e) => grid.line(-1, e.shiftKey),
    Home: () => grid.goTo(0), End: () => grid.goTo(grid.tiles.length - 1),
    PageDown: (e) => grid.page(1, e), PageUp: (e) => grid.page(-1, e), Escape: () => grid.leave(),
    "/": () => grid.find(), "?": () => grid.help(), e: () => grid.enlarge(), Enter: () => grid.enlarge(),
  };
  const more = { ...editing, " ": () => grid.pick(), g: () => grid.autoAdvance(!grid.view.is_auto_advancing), r: () => grid.refresh() };
  return { tiles: grid.setup.is_editable ? { ...tiles, ...more } : tiles, enlarged };
}

// A digit by the key where Shift would be needed for it, as on French keyboards.
function named(event) {
  const place = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  if (place && !event.shiftKey) return place[1];
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

// The notebook is saved by it, not the web page.
const saves = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

// Notebook 7 takes keys on their way down, before they are here; Lumino, which does that, passes over what has this.
function shield(grid, event) {
  if (grid.root.contains(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", !saves(event));
}

function onKey(grid, event) {
  const control = event.ctrlKey || event.metaKey;
  if (saves(event)) return;
  event.stopPropagation();
  if (event.isComposing) return;
  const legend = grid.panel.row === null ? grid.legend : grid.panel.legend;
  if (event.target.matches(TYPED_IN)) return typed(grid, legend, event);
  if (control && event.key.toLowerCase() === "z" && grid.setup.is_editable) return done(event, () => grid.undo());
  if (control || event.altKey) return;
  if (event.target.matches("button, input") && ["Enter", " "].includes(event.key)) return;
  const name = named(event);
  // A key that is held moves on and on, but says nothing twice.
  if (event.repeat && !/^(Arrow|Page)/.test(name)) return done(event, () => {});
  if (grid.panel.node.open && grid.panel.row === null && name !== "Escape") return;
  const label = grid.setup.is_editable && /^[1-9]$/.test(name) ? Number(name) : 0;
  const keys = grid.panel.node.open ? grid.keys.enlarged : grid.keys.tiles;
  const action = label ? () => label <= grid.setup.names.length && grid.choose(label - 1) : keys[name];
  if (!action) return;
  // Labels and actions stand at the top of the grid: the keys bring it into sight as a whole.
  if (!grid.panel.node.open) grid.root.scrollIntoView({ block: "nearest" });
  done(event, action);
}

function typed(grid, legend, event) {
  const found = event.target === legend.finder && event.key === "Enter";
  if (event.key !== "Escape" && !found) return;
  event.preventDefault();
  if (found) legend.take();
  else if (event.target === legend.finder) legend.forget();
  if (grid.panel.node.open) grid.panel.body.focus();
  else grid.goTo(grid.at);
}

function done(event, action) {
  event.preventDefault();
  action(event);
}
