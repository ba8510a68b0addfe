// Keys. Only the save shortcut reaches the notebook; in command mode it would, for example, cut a cell at an x.

const TEXT_FIELDS = "input:not([type=checkbox]), select, textarea";

function helpLines({ is_editable, multiple, can_clear, names }) {
  const clear = multiple ? "remove all labels of the row" : "remove the label";
  const digits = `1 to ${Math.min(MAX_DIGIT_KEYS, names.length)}`;
  const editing = [
    [digits, multiple ? "add or remove the label" : "choose the label"],
    ...(can_clear ? [["0, Backspace", clear]] : []),
    ["Enter", "accept, and go to the next row"],
    ...(multiple ? [] : [["g", "auto-advance on or off: a label key goes to the next row"]]),
    ["u, Ctrl+Z", "undo"],
    ["m", "mark for later"],
    ["Space, Shift+arrows, Shift+click", "select several tiles for one step"],
    ["r", "refresh: filter and sort again by the current labels"],
  ];
  return [
    ["arrows, Home, End", "move"],
    ["PageUp, PageDown", "previous page, next page"],
    ["/", is_editable && names.length > MAX_DIGIT_KEYS ? "find a label" : "search"],
    ["e", is_editable ? "enlarge; label keys work there too" : "enlarge"],
    ...(is_editable ? editing : [["Enter", "enlarge"]]),
    ["Esc", "close, or leave the grid"],
  ];
}

function makeKeymap(grid) {
  const editing = {
    u: () => grid.undo(), m: () => grid.mark(), 0: () => grid.clear(), Backspace: () => grid.clear(),
    Enter: () => grid.accept(),
  };
  const enlarged = {
    Escape: () => grid.escape(), ArrowRight: () => grid.move(1), ArrowLeft: () => grid.move(-1),
    ...(grid.setup.is_editable ? editing : {}),
  };
  const tiles = {
    ArrowRight: (e) => grid.move(1, e.shiftKey), ArrowLeft: (e) => grid.move(-1, e.shiftKey),
    ArrowDown: (e) => grid.moveLine(1, e.shiftKey), ArrowUp: (e) => grid.moveLine(-1, e.shiftKey),
    Home: () => grid.goTo(0), End: () => grid.goTo(grid.tiles.length - 1),
    PageDown: (e) => grid.page(1, e), PageUp: (e) => grid.page(-1, e), Escape: () => grid.escape(),
    "/": () => grid.focusSearch(), "?": () => grid.help(), e: () => grid.enlarge(), Enter: () => grid.enlarge(),
  };
  const more = {
    ...editing, " ": () => grid.toggleSelected(), r: () => grid.refresh(),
    g: () => grid.autoAdvance(!grid.view.is_auto_advancing),
  };
  return { tiles: grid.setup.is_editable ? { ...tiles, ...more } : tiles, enlarged };
}

// Digits are recognised by the position of the key, since some keyboards (French) need Shift for them.
function keyName(event) {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  if (digit && !event.shiftKey) return digit[1];
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

// Left to the notebook, which saves itself.
const isSaveShortcut = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

// Notebook 7 handles keys in the capture phase, before the grid gets them; its library Lumino skips elements with
// this attribute.
function suppressShortcuts(grid, event) {
  const isInGrid = grid.root.contains(event.target);
  if (isInGrid) event.target.toggleAttribute("data-lm-suppress-shortcuts", !isSaveShortcut(event));
}

function onKey(grid, event) {
  const control = event.ctrlKey || event.metaKey;
  if (isSaveShortcut(event)) return;
  event.stopPropagation();
  if (event.isComposing) return;
  const legend = grid.panel.row === null ? grid.legend : grid.panel.legend;
  if (event.target.matches(TEXT_FIELDS)) return onFieldKey(grid, legend, event);
  if (control && event.key.toLowerCase() === "z" && grid.setup.is_editable) return handle(event, () => grid.undo());
  if (control || event.altKey) return;
  if (event.target.matches("button, input") && ["Enter", " "].includes(event.key)) return;
  const name = keyName(event);
  // A key that is held down repeats movements, but no other action.
  if (event.repeat && !/^(Arrow|Page)/.test(name)) return handle(event, () => {});
  if (grid.panel.node.open && grid.panel.row === null && name !== "Escape") return;
  const label = grid.setup.is_editable && /^[1-9]$/.test(name) ? Number(name) : 0;
  const keys = grid.panel.node.open ? grid.keys.enlarged : grid.keys.tiles;
  const action = label ? () => label <= grid.setup.names.length && grid.choose(label - 1) : keys[name];
  if (!action) return;
  // Labels and actions are at the top of the grid, so scroll the whole grid into view.
  if (!grid.panel.node.open) grid.root.scrollIntoView({ block: "nearest" });
  handle(event, action);
}

function onFieldKey(grid, legend, event) {
  const isSearchDone = event.target === legend.finder && event.key === "Enter";
  if (event.key !== "Escape" && !isSearchDone) return;
  event.preventDefault();
  if (isSearchDone) legend.chooseFirst();
  else if (event.target === legend.finder) legend.resetFilter();
  if (grid.panel.node.open) grid.panel.body.focus();
  else grid.goTo(grid.focusIndex);
}

function handle(event, action) {
  event.preventDefault();
  action(event);
}
