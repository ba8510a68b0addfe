// The bar above the rows, the labels with their keys, and the line below the rows.
import { html } from "./vendor/htm-preact.js";
import { Button, DIGIT_KEYS, Key, NO_LABEL, Swatch, number } from "./names.js";

const MENU_MARGIN = 8; // pixels between an open menu and the edge of the view

export function Bar({ bench }) {
  const { setup, view } = bench;
  return html`<div class="bar" role="toolbar" aria-label=${`${setup.title}: what is shown`}>
    <${Button} text="Filters" name="filters" class="side-switch" expanded=${bench.hasSide} onclick=${() => bench.toggleSide()} />
    <input
      type="search"
      name="search"
      maxlength="1000"
      placeholder="search ( / )"
      aria-label="search"
      value=${bench.search}
      oninput=${(event) => bench.searchFor(event.target.value)}
    />
    <span class="filters"><${FilterChips} bench=${bench} /></span>
    <span class="spread"></span>
    <label class="order"
      ><span>order</span>
      <select aria-label="order" value=${view.order_by} onchange=${(event) => bench.sort(event.target.value)}>
        ${Object.entries(setup.sorts).map(([by, text]) => html`<option value=${by}>${text}</option>`)}
      </select></label
    >
    ${!bench.isList &&
    html`<input
      type="range"
      class="size"
      min="48"
      max="256"
      step="16"
      aria-label="size of the tiles"
      title="size of the tiles ( + - )"
      value=${bench.size}
      oninput=${(event) => bench.setSize(event.target.value)}
    />`}
    <span class="switch" role="group" aria-label="layout">
      <${Button} text="Grid" pressed=${!bench.isList} onclick=${() => bench.setLayout("grid")} />
      <${Button} text="List" pressed=${bench.isList} onclick=${() => bench.setLayout("list")} />
    </span>
    <${Menu} bench=${bench} />
  </div>`;
}

// The bar above the sheet has one line or more, so its height is not known to the style sheet.
function fitInView(sheet) {
  if (!sheet) return;
  const room = sheet.closest(".bench").getBoundingClientRect().bottom - sheet.getBoundingClientRect().top;
  sheet.style.maxHeight = `${room - MENU_MARGIN}px`;
}

function Menu({ bench }) {
  const { isEditable, setup, view } = bench;
  const item = (text, shortcut, onclick) => html`<${Button} text=${text} shortcut=${shortcut} onclick=${onclick} />`;
  const then = (action) => () => {
    bench.menuIsOpen = false;
    action();
    bench.redraw();
  };
  return html`<span class="menu">
    <${Button} text="⋯" name="more actions" expanded=${bench.menuIsOpen} onclick=${() => bench.toggleMenu()} />
    ${bench.menuIsOpen &&
    html`<div class="sheet" role="group" aria-label="more actions" ref=${fitInView}>
      ${isEditable && item("Accept all on this page", "Shift+A", () => bench.acceptAll("page"))}
      ${isEditable && item(`Accept all ${number(view.total)} filtered`, undefined, () => bench.acceptAll("filtered"))}
      ${isEditable && item("Mark for later", "m", then(() => bench.mark()))}
      ${isEditable && item("Note", "n", () => bench.open("note"))}
      ${isEditable && setup.can_add_label && item("Add a label", "a", () => bench.open("label"))}
      ${setup.can_find_similar && item("More like this", "s", then(() => bench.similar()))}
      ${item("Look closely", "e", () => bench.enlarge())}
      ${isEditable && item("Apply the filters again", "r", then(() => bench.refresh()))}
      ${isEditable && html`<${RandomSample} bench=${bench} />`}
      ${isEditable &&
      !setup.multiple &&
      html`<label class="check"
        ><input
          type="checkbox"
          checked=${view.is_auto_advancing}
          onchange=${(event) => bench.autoAdvance(event.target.checked)}
        />
        <span>auto-advance</span> <${Key} name="g"
      /></label>`}
      ${item("Keys", "?", () => bench.open("help"))}
    </div>`}
  </span>`;
}

// The first rows of the random order: a sample from which shares of the whole column can be told.
function RandomSample({ bench }) {
  const show = (event) => {
    event.preventDefault();
    bench.sample(Number(new FormData(event.target).get("n")));
  };
  return html`<form class="check" onsubmit=${show}>
    <label>random sample of <input type="number" name="n" required min="1" max=${bench.setup.rows} defaultValue=${Math.min(200, bench.setup.rows)} /></label>
    <button type="submit">Show</button>
  </form>`;
}

// One chip for each filter that is on; a click ends it.
function FilterChips({ bench }) {
  const { names } = bench.setup;
  const { labels, status, score, cell, columns, similar } = bench.view.filters;
  const chips = [
    ...labels.map((label) => [label === NO_LABEL ? "no label" : names[label], () => bench.toggleLabel(label, true)]),
    ...(status === null ? [] : [[status, () => bench.filter({ status: null })]]),
    ...(score === null ? [] : [[`score ${score[0].toFixed(2)} to ${score[1].toFixed(2)}`, () => bench.filter({ score: null })]]),
    ...(cell === null ? [] : [[cellText(bench, cell), () => bench.filter({ cell: null })]]),
    ...(bench.view.rows < bench.setup.rows && bench.isEditable
      ? [[`sample of ${number(bench.view.rows)}`, () => bench.sample(bench.setup.rows)]]
      : []),
    ...Object.entries(columns).map(([name, chosen]) => [columnText(bench, name, chosen), () => bench.filterColumn(name, null)]),
    ...(similar === null || similar === undefined
      ? []
      : [[`like row ${bench.view.similar_index}`, () => bench.send({ do: "similar", row: null })]]),
  ];
  return chips.map(
    ([text, end]) =>
      html`<button type="button" class="chip filter" title=${`remove the filter: ${text}`} onclick=${end}>
        <bdi>${text}</bdi> <span aria-hidden="true">×</span>
      </button>`,
  );
}

function cellText(bench, [label, other]) {
  const { rows, columns } = bench.facets.confusion ?? { rows: [], columns: [] };
  return `${rows[label] ?? label}, against ${columns[other] ?? other}`;
}

function columnText(bench, name, { values, range }) {
  if (values) return `${name}: ${values.map((value) => value ?? "missing").join(", ")}`;
  const isDate = bench.facets.columns?.some((column) => column.name === name && column.kind === "date");
  const end = (value) => (isDate ? new Date(value).toISOString().slice(0, 10) : Number(value.toPrecision(6)));
  return `${name}: ${range.map(end).join(" to ")}`;
}

// Labels as buttons with their keys, in their colours; with a field to find one if there are more labels than digits.
export function Labels({ bench }) {
  if (!bench.isEditable) return null;
  const { names, can_clear, can_add_label } = bench.setup;
  const needle = bench.labelSearch.toLowerCase();
  const shown = names.map((name, label) => [name, label]).filter(([name]) => name.toLowerCase().includes(needle));
  const current = bench.tile?.labels ?? [];
  // A click of the mouse returns the focus to the row, so that keys work on; one of the keyboard keeps it on the button.
  const act = (action) => (event) => {
    action();
    if (event.detail > 0) bench.goTo(bench.index);
  };
  return html`<div class="labels" role="group" aria-label="labels">
    ${bench.hasManyLabels &&
    html`<input
      type="search"
      name="label-search"
      placeholder="find a label ( t )"
      aria-label="find a label"
      value=${bench.labelSearch}
      oninput=${(event) => {
        bench.labelSearch = event.target.value;
        bench.redraw();
      }}
      onkeydown=${(event) => {
        if (event.key !== "Enter" || !shown.length) return;
        event.preventDefault();
        bench.labelSearch = "";
        bench.choose(shown[0][1]);
        bench.goTo(bench.index);
      }}
    />`}
    ${shown.map(
      ([name, label]) =>
        html`<button
          type="button"
          class="label"
          title=${name}
          aria-pressed=${String(current.includes(label))}
          onclick=${act(() => bench.choose(label))}
        >
          ${label < DIGIT_KEYS && html`<${Key} name=${String(label + 1)} />`}<${Swatch} label=${label} /><bdi>${name}</bdi>
        </button>`,
    )}
    ${can_clear &&
    html`<button
      type="button"
      class="label none"
      aria-pressed=${String(Boolean(bench.tile) && !current.length)}
      onclick=${act(() => bench.clear())}
    >
      <${Key} name="0" />no label
    </button>`}
    ${can_add_label &&
    html`<${Button} text="+ label" name="add a label" class="label none" onclick=${() => bench.open("label")} />`}
    <span class="spread"></span>
    <${Button} text="Undo" shortcut="u" onclick=${() => bench.undo()} />
    <${Button} text="Accept" shortcut="Enter" class="accept" onclick=${act(() => bench.accept())} />
  </div>`;
}

export function Foot({ bench }) {
  const { view } = bench;
  const { message } = bench;
  const turn = (by) => (event) => bench.page(by, event.detail > 0);
  return html`<div class="foot-line">
    <span class="summary">${view.summary}</span>
    ${bench.picked.size > 0 && html`<span class="picked">${number(bench.picked.size)} picked</span>`}
    <span class=${message === view.summary ? "unseen-text" : "message"} role="status" aria-live="polite">${message}</span>
    <span class="spread"></span>
    <span class="pages">
      <${Button} text="‹" name="Previous page" off=${view.page === 0} onclick=${turn(-1)} />
      <span>page ${number(view.page + 1)} of ${number(view.pages)}</span>
      <${Button} text="›" name="Next page" off=${view.page + 1 >= view.pages} onclick=${turn(1)} />
    </span>
  </div>`;
}
