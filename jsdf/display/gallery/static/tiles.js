// Tiles of the grid, lines of the list, and what both show about a row.
import { html, useLayoutEffect, useRef } from "./vendor/htm-preact.js";
import { Found, Swatch, isImage, number } from "./names.js";

// Pixels, as in the style sheet.
const LINE = 18; // of a line of text
const GAP = 8; // between tiles
const FOOT = 56; // of what stands below the value of a tile
const RESIZE_PAUSE_MS = 60; // milliseconds without a change of size after which the tiles that it holds are asked for

const FLAGS = [
  ["reviewed", "✓", "reviewed"], ["changed", "✎", "changed"], ["marked", "⚑", "marked for later"],
];

const Flag = ({ name, sign, title }) =>
  html`<span class=${name} title=${title}><span aria-hidden="true">${sign}</span><span class="unseen-text">${title}</span></span>`;

export function Flags({ tile }) {
  const shown = FLAGS.filter(([name]) => tile[name] && !(name === "reviewed" && tile.changed));
  return html`<span class="flags">
    ${tile.note && html`<${Flag} name="noted" sign="✐" title=${tile.note} />`}
    ${tile.disagreement && html`<${Flag} name="disputed" sign="≠" title=${tile.disagreement} />`}
    ${shown.map(([name, sign, title]) => html`<${Flag} name=${name} sign=${sign} title=${title} />`)}
  </span>`;
}

export function Score({ score }) {
  if (score === null || score === undefined) return null;
  const percent = `${Math.round(100 * Math.max(0, Math.min(score, 1)))}%`;
  return html`<span class="score" role="img" aria-label=${`score ${score.toFixed(2)}`} title=${`score ${score.toFixed(2)}`}><i style=${{ width: percent }}></i></span>`;
}

export function Chips({ tile, names }) {
  if (!tile.labels.length) return tile.status && html`<bdi class="chip none">${tile.status}</bdi>`;
  return tile.labels.map(
    (label) => html`<span class="chip" title=${names[label]}><${Swatch} label=${label} /><bdi>${names[label]}</bdi></span>`,
  );
}

function Value({ tile, uri, needle, lines }) {
  if (isImage(uri)) return html`<img class="picture" src=${uri} alt=${`image ${tile.name || tile.text}`} draggable=${false} />`;
  if (tile.is_image || tile.reason) return html`<${Failed} tile=${tile} />`;
  const style = lines ? { "-webkit-line-clamp": lines } : {};
  return html`<div class="text" dir="auto" style=${style}><${Found} text=${tile.text} needle=${needle} /></div>`;
}

// Which file, and why there is nothing to see.
function Failed({ tile }) {
  const name = tile.is_image ? tile.name || tile.text : tile.text;
  return html`<div class="failed">
    <strong>${tile.is_image ? "no image" : tile.status}</strong>
    ${tile.reason && html`<span dir="auto">${tile.reason}</span>`}
    <span class="quiet" dir="auto">${name}</span>
  </div>`;
}

function stateOf(bench, tile, index) {
  const flags = ["changed", "reviewed", "marked"].filter((name) => tile[name]);
  const more = [index === bench.index && "current", tile.disagreement && "disputed", tile.reason && "unseen"];
  return [...flags, ...more].filter(Boolean).join(" ");
}

function Tile({ bench, tile, index, lines }) {
  const { names } = bench.setup;
  return html`<div
    role="gridcell"
    class=${`tile ${stateOf(bench, tile, index)}`}
    tabindex=${index === bench.index ? 0 : -1}
    data-name=${tile.alt}
    aria-selected=${bench.isEditable ? String(bench.picked.has(tile.row)) : null}
    onfocus=${() => index === bench.index || bench.goTo(index)}
    onclick=${(event) => bench.click(index, event)}
    onmousedown=${(event) => event.shiftKey && event.preventDefault()}
  >
    <div class="value">
      <${Value} tile=${tile} uri=${bench.pictures[tile.row]} needle=${bench.view.filters.text} lines=${lines} />
    </div>
    <div class="foot">
      <span class="chips"><${Chips} tile=${tile} names=${names} /></span>
      <${Flags} tile=${tile} />
      <span class="facts">
        <bdi class="quiet" title=${tile.name || null}><span class="unseen-text">row </span>${tile.index}${tile.name && html` · ${shortName(tile.name)}`}</bdi>
        <${Score} score=${tile.score} />
      </span>
    </div>
  </div>`;
}

const shortName = (name) => name.split(/[\\/]/).filter(Boolean).pop() ?? name;

export function Tiles({ bench }) {
  const root = useRef();
  useLayoutEffect(() => focusCurrent(bench, root.current));
  useLayoutEffect(() => observe(bench, root.current), []);
  useLayoutEffect(() => bench.measure(), [bench.isList]);
  const { tiles, setup } = bench;
  const lines = bench.isList ? 0 : Math.max(2, Math.floor((bench.valueHeight - 8) / LINE));
  const columns = bench.isList ? 1 : bench.columns;
  const rows = [];
  for (let first = 0; first < tiles.length; first += columns) {
    const cells = tiles.slice(first, first + columns);
    rows.push(html`<div role="row" class="row">
      ${cells.map((tile, i) => html`<${Tile} key=${first + i} bench=${bench} tile=${tile} index=${first + i} lines=${lines} />`)}
    </div>`);
  }
  const kind = `${bench.isList ? "list" : "grid"} ${setup.pictures ? "pictures" : "texts"}`;
  const style = { "--size": `${bench.size}px`, "--value": `${bench.valueHeight}px`, "--tiles": columns };
  return html`<div class="stage" ref=${root} style=${style} data-fitted=${String(bench.isFitted)}>
    ${tiles.length
      ? html`<div
          class=${kind}
          role="grid"
          aria-label=${`${setup.title}: rows`}
          aria-rowcount=${Math.ceil(bench.view.total / columns)}
          aria-colcount=${columns}
          aria-multiselectable=${bench.isEditable ? "true" : null}
        >
          ${rows}
        </div>`
      : html`<${Nothing} bench=${bench} />`}
  </div>`;
}

function Nothing({ bench }) {
  if (!bench.view.rows) return html`<p class="empty">There are no rows.</p>`;
  return html`<p class="empty">
    No row matches the filters. <button type="button" onclick=${() => bench.showAll()}>Show all ${number(bench.view.rows)}</button>
  </p>`;
}

function focusCurrent(bench, root) {
  if (!bench.wantsFocus || bench.isFocusOpen || bench.overlay) return;
  bench.wantsFocus = false;
  const node = root.querySelector('[role="gridcell"][tabindex="0"], .empty button');
  node?.focus({ preventScroll: true });
  node?.scrollIntoView({ block: "nearest" });
}

// As many tiles as the stage holds in whole lines, which fill it: tiles of texts are wider than high, those of images
// about square.
function observe(bench, root) {
  let timer;
  const measure = () => {
    const [width, height] = [root.clientWidth - 16, root.clientHeight - 16];
    if (width <= 0 || bench.isList) return;
    const wide = bench.setup.pictures ? bench.size + 26 : Math.max(bench.size * 2, 180);
    const columns = Math.max(1, Math.floor((width + GAP) / (Math.min(wide, width) + GAP)));
    const lines = Math.max(1, Math.round((height + GAP) / (bench.size + FOOT + GAP)));
    const valueHeight = Math.max(40, Math.floor((height + GAP) / lines) - GAP - FOOT);
    const isNew = columns !== bench.columns || valueHeight !== bench.valueHeight;
    Object.assign(bench, { columns, valueHeight });
    clearTimeout(timer);
    if (isNew) bench.redraw();
    // The first page at once; later ones when the user has stopped dragging an edge.
    if (bench.fitted) timer = setTimeout(() => bench.fit(columns, lines), RESIZE_PAUSE_MS);
    else bench.fit(columns, lines);
  };
  bench.measure = measure;
  const observer = new ResizeObserver(measure);
  observer.observe(root);
  measure();
  return () => {
    observer.disconnect();
    clearTimeout(timer);
  };
}
