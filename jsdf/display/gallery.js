// The grid of a gallery or a review. The kernel holds the state: this draws it and sends what a person does.
// Whatever comes from data is set by textContent, or as an attribute's value, and pictures are data: URIs made there.

function render({ model, el }) {
  let setup = model.get("setup");
  let view = model.get("view");
  const { reviewing, columns, size, pool } = setup;
  const picked = new Set(); // rows that the next step is for, besides the one in focus
  let at = 0; // which tile of the page has the focus when the grid has it
  let landing = null; // which tile to go to once the next page is there
  let typing; // the timer of the search field

  const send = (message) => model.send(message);
  const tiles = () => view.tiles;
  const targets = () => {
    const shown = tiles().filter((tile) => picked.has(tile.row)).map((tile) => tile.row);
    return shown.length ? shown : tiles()[at] ? [tiles()[at].row] : [];
  };

  // The parts, made once.
  const [labelBox, labelSelect] = choice("label", () => filter());
  const [statusBox, statusSelect] = choice("status", () => filter());
  const [sortBox, sortSelect] = choice("order", (by) => send({ do: "sort", by }));
  const search = make("input", { type: "search", oninput: () => later(), onchange: () => filter() });
  const searchBox = make("label", {}, make("span", { textContent: "search" }), search);
  const labels = make("div", { className: "jsdf-labels", role: "group" });
  const finder = make("input", { type: "search", placeholder: "find a label ( / )", oninput: () => narrow() });
  const actions = make("div", { className: "jsdf-actions", role: "toolbar" });
  const summary = make("span", { className: "jsdf-summary" });
  const place = make("span", { className: "jsdf-place" });
  const cells = Array.from({ length: pool }, makeCell);
  const grid = make("div", { className: "jsdf-tiles", role: "grid" });
  const live = make("div", { className: "jsdf-live", role: "status" });
  const panel = make("div", { className: "jsdf-panel", role: "dialog", tabIndex: -1, hidden: true });
  const root = make("div", { className: "jsdf-grid" });

  function filter() {
    clearTimeout(typing);
    const label = labelSelect.value === "" ? null : Number(labelSelect.value);
    send({ do: "filter", label, status: statusSelect.value || null, text: search.value });
  }
  function later() {
    clearTimeout(typing);
    typing = setTimeout(filter, 250);
  }
  function narrow() {
    const needle = finder.value.toLowerCase();
    for (const node of labels.querySelectorAll("button")) node.hidden = !node.name.toLowerCase().includes(needle);
  }

  // What a person can do; `act` is the one way in for keys and buttons.
  function goTo(position, focus = true) {
    at = Math.max(0, Math.min(position, tiles().length - 1));
    cells.forEach((cell, i) => (cell.node.tabIndex = i === at ? 0 : -1));
    drawLabels();
    if (focus && cells[at] && !cells[at].node.hidden) cells[at].node.focus();
  }
  function turn(page, where) {
    if (page < 0 || page >= view.pages || page === view.page) return;
    landing = where;
    send({ do: "turn", page });
  }
  function move(by, extend = false) {
    const next = at + by;
    if (extend && tiles()[at]) picked.add(tiles()[at].row);
    if (next >= tiles().length && at === tiles().length - 1) return turn(view.page + 1, 0);
    if (next < 0 && at === 0) return turn(view.page - 1, pool);
    if (next < 0 || next >= tiles().length) return;
    if (extend) picked.add(tiles()[next].row);
    goTo(next);
    drawPicked();
  }
  function onTargets(what, more = {}) {
    const rows = targets();
    if (!rows.length) return;
    picked.clear();
    send({ do: what, rows, ...more });
    drawPicked();
  }
  const act = {
    choose: (label) => onTargets("choose", { label }),
    accept() {
      const several = picked.size > 0;
      onTargets("accept");
      if (!several) move(1);
    },
    undo: () => send({ do: "undo" }),
    mark: () => onTargets("mark"),
    pick() {
      const tile = tiles()[at];
      if (!tile) return;
      if (!picked.delete(tile.row)) picked.add(tile.row);
      drawPicked();
    },
    enlarge: () => tiles()[at] && send({ do: "enlarge", row: tiles()[at].row }),
    next: () => turn(view.page + 1, 0),
    previous: () => turn(view.page - 1, 0),
    find: () => (reviewing && setup.names.length > DIGITS ? finder : search).focus(),
    help: () => openPanel("Keys", ...help.map(([key, text]) => make("div", { textContent: `${key}: ${text}` }))),
    leave() {
      if (!panel.hidden) return closePanel();
      if (picked.size) picked.clear();
      else document.activeElement?.blur();
      drawPicked();
    },
  };
  const help = [
    ["arrows, Home, End", "move"],
    ["PageUp, PageDown", "turn the page"],
    ["/", "find a label, or search"],
    ["e", "enlarge"],
    ...(reviewing
      ? [["1 to 9", "choose the label"], ["Enter", "accept and go on"], ["u", "undo"], ["m", "mark for later"],
         ["Space, Shift+arrows, Shift+click", "pick several tiles for one step"]]
      : [["Enter", "enlarge"]]),
    ["Esc", "close, or leave the grid"],
  ];

  function openPanel(title, ...children) {
    const close = button("close", "Esc", closePanel);
    panel.replaceChildren(make("strong", { textContent: title }), ...children, close);
    aria(panel, { label: title });
    panel.hidden = false;
    close.focus();
  }
  function closePanel() {
    panel.hidden = true;
    goTo(at);
  }

  // Drawing.
  function drawPicked() {
    cells.forEach((cell, i) => aria(cell.node, { selected: Boolean(tiles()[i] && picked.has(tiles()[i].row)) }));
  }
  function drawLabels() {
    const here = tiles()[at]?.labels ?? [];
    labels.querySelectorAll("button").forEach((node, i) => aria(node, { pressed: here.includes(i) }));
  }
  function makeLabels() {
    setup = model.get("setup");
    finder.hidden = setup.names.length <= DIGITS;
    labels.replaceChildren(finder, ...(reviewing ? setup.names : []).map((name, i) => {
      const key = i < DIGITS ? [make("kbd", { textContent: String(i + 1) }), " "] : [];
      const text = make("bdi", { textContent: name });
      return make("button", { type: "button", name, onclick: () => act.choose(i) }, ...key, text);
    }));
    labels.hidden = !reviewing;
  }
  function draw() {
    const page = view.page;
    view = model.get("view");
    if (page !== view.page) picked.clear();
    const uris = model.get("pictures");
    cells.forEach((cell, i) => drawCell(cell, tiles()[i], tiles()[i] && uris[tiles()[i].row]));
    const named = setup.names.map((name, i) => [String(i), `${name} (${view.counts[i]})`]);
    fill(labelSelect, [["", "all"], ...named, ["-1", "none"]], view.label === null ? "" : String(view.label));
    const states = Object.entries(view.statuses).map(([name, n]) => [name, `${name} (${n})`]);
    fill(statusSelect, [["", "all"], ...states], view.status ?? "");
    fill(sortSelect, Object.entries(setup.sorts), view.by);
    if (document.activeElement !== search) search.value = view.text;
    summary.textContent = view.summary;
    place.textContent = `page ${view.page + 1} of ${view.pages}`;
    live.textContent = view.said;
    aria(grid, { rowcount: Math.ceil(view.total / columns) });
    goTo(landing ?? at, landing !== null);
    landing = null;
    drawPicked();
  }
  function drawLarge() {
    const large = model.get("large");
    if (!("row" in large)) return;
    const seen = typeof large.uri === "string" && large.uri.startsWith(MADE_THERE);
    const text = make("div", { className: "jsdf-whole", dir: "auto", textContent: large.text });
    const parts = seen ? [make("img", { src: large.uri, alt: large.alt })] : [];
    if (large.reason) parts.push(make("div", { textContent: large.reason }));
    openPanel(`row ${large.index}`, ...parts, text);
  }

  // Keys. None leaves the grid: a notebook in command mode would cut cells at an x.
  const keys = {
    ArrowRight: (e) => move(1, e.shiftKey), ArrowLeft: (e) => move(-1, e.shiftKey),
    ArrowDown: (e) => move(columns, e.shiftKey), ArrowUp: (e) => move(-columns, e.shiftKey),
    Home: () => goTo(0), End: () => goTo(tiles().length - 1),
    PageDown: act.next, PageUp: act.previous, Escape: act.leave, "/": act.find, "?": act.help, e: act.enlarge,
    Enter: reviewing ? act.accept : act.enlarge,
    ...(reviewing ? { u: act.undo, m: act.mark, " ": act.pick } : {}),
  };
  function onKey(event) {
    event.stopPropagation();
    const typed = TYPED_IN.includes(event.target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typed && event.key === "Escape") goTo(at);
    else if (event.target === finder && event.key === "Enter") {
      labels.querySelector("button:not([hidden])")?.click();
      finder.value = "";
      narrow();
      goTo(at);
    }
    if (typed) return;
    if (event.target.tagName === "BUTTON" && ["Enter", " "].includes(event.key)) return;
    const digit = reviewing && /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    const action = digit ? () => digit <= setup.names.length && act.choose(digit - 1) : keys[event.key];
    if (!action || (!panel.hidden && event.key !== "Escape")) return;
    event.preventDefault();
    action(event);
  }

  // Putting it together.
  for (let line = 0; line < pool; line += columns) {
    grid.append(make("div", { role: "row", className: "jsdf-row" }, ...cells.slice(line, line + columns).map((c) => c.node)));
  }
  cells.forEach((cell, i) => {
    cell.node.onfocus = () => goTo(i, false);
    cell.node.onclick = (event) => {
      goTo(i);
      if (reviewing && (event.shiftKey || event.ctrlKey || event.metaKey)) act.pick();
      else if (!reviewing || event.detail > 1) act.enlarge();
    };
  });
  if (reviewing) {
    actions.append(button("Accept", "Enter", act.accept), button("Undo", "u", act.undo),
      button("Mark", "m", act.mark), button("Pick", "Space", act.pick));
  }
  actions.append(button("Enlarge", "e", act.enlarge), button("Previous page", "PageUp", act.previous), place,
    button("Next page", "PageDown", act.next), button("Keys", "?", act.help), summary);
  aria(labels, { label: "labels" });
  aria(finder, { label: "find a label" });
  aria(search, { label: "search" });
  aria(actions, { label: "actions" });
  aria(grid, { label: `${setup.title}: tiles`, multiselectable: reviewing, colcount: columns });
  aria(live, { live: "polite" });
  root.style.setProperty("--jsdf-size", `${Number(size)}px`);
  root.style.setProperty("--jsdf-columns", Number(columns));
  root.append(make("div", { className: "jsdf-filters" }, labelBox, statusBox, sortBox, searchBox),
    labels, actions, grid, panel, live);
  root.addEventListener("keydown", onKey);
  // Notebook 7 takes keys on their way down, before anything here could stop them; Lumino looks for this on the target.
  root.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  el.append(root);

  const renew = () => { makeLabels(); draw(); };
  // The pictures come in the same message as the view, whose event is fired once both are there.
  const changes = [["change:setup", renew], ["change:view", draw], ["change:large", drawLarge]];
  for (const [name, action] of changes) model.on(name, action);
  renew();
  return () => {
    clearTimeout(typing);
    for (const [name, action] of changes) model.off(name, action);
  };
}

export default { render };
