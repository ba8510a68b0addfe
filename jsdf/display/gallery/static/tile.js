// Tiles of the grid and helpers that make elements. The other scripts are appended to this one in one module.

const IMAGE_PREFIX = "data:image/webp;base64,";
const MAX_DIGIT_KEYS = 9;

function make(tag, props = {}, ...children) {
  const { role, ...rest } = props;
  const node = Object.assign(document.createElement(tag), rest);
  if (role) node.setAttribute("role", role);
  node.append(...children);
  return node;
}

function aria(node, values) {
  for (const [name, value] of Object.entries(values)) node.setAttribute(`aria-${name}`, String(value));
}

function key(text) {
  return make("kbd", { textContent: text });
}

function button(text, shortcut, action, name = text) {
  const node = make("button", { type: "button", onclick: action }, make("span", { textContent: text }));
  if (name !== text) aria(node, { label: name });
  if (shortcut) {
    node.append(" ", key(shortcut));
    aria(node, { keyshortcuts: shortcut });
  }
  return node;
}

function choice(label, action) {
  const select = make("select", { onchange: () => action(select.value) });
  aria(select, { label });
  return [make("label", {}, make("span", { textContent: label }), select), select];
}

// `dir` is set on each option, so that the count stays beside a right-to-left label.
function fill(select, pairs, value) {
  select.replaceChildren(...pairs.map(([v, text]) => make("option", { value: v, textContent: text, dir: "auto" })));
  select.value = value;
}

// aria-disabled instead of `disabled`, which would take the focus from the button.
function enable(node, on) {
  aria(node, { disabled: !on });
}

function makeCell() {
  const picture = make("img", { draggable: false });
  const card = make("div", { className: "jsdf-card", dir: "auto" });
  const index = make("bdi", { className: "jsdf-index" });
  const label = make("bdi", { className: "jsdf-label" });
  const flags = make("span", { className: "jsdf-flags" });
  const score = make("span", { className: "jsdf-score" });
  const foot = make("div", { className: "jsdf-foot" }, index, score, flags, label);
  const node = make("div", { className: "jsdf-tile", role: "gridcell", tabIndex: -1 }, picture, card, foot);
  return { node, picture, card, index, label, flags, score };
}

function drawCell(cell, tile, uri) {
  cell.node.hidden = !tile;
  if (!tile) return;
  const hasImage = typeof uri === "string" && uri.startsWith(IMAGE_PREFIX);
  cell.picture.hidden = !hasImage;
  cell.picture.alt = tile.alt;
  if (hasImage) cell.picture.src = uri;
  else cell.picture.removeAttribute("src");
  cell.card.hidden = hasImage;
  cell.card.textContent = tile.is_image ? `no image: ${tile.reason}` : tile.text;
  cell.index.textContent = tile.index;
  cell.label.textContent = tile.caption || tile.status;
  cell.label.classList.toggle("jsdf-none", !tile.caption);
  cell.score.textContent = tile.score === null ? "" : tile.score.toFixed(2);
  const flags = [
    [tile.reviewed && !tile.changed, "✓"], [tile.changed, "✎"], [tile.marked, "⚑"], [tile.disagreement, "≠"],
  ];
  cell.flags.textContent = flags.map(([on, sign]) => (on ? sign : "")).join("");
  for (const name of ["changed", "reviewed", "marked"]) cell.node.classList.toggle(`jsdf-${name}`, tile[name]);
  cell.node.title = [tile.text, tile.caption, tile.reason, tile.disagreement].filter(Boolean).join("\n");
  aria(cell.node, { label: tile.alt });
}
