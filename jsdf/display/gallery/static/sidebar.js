// The sidebar: how rows are spread over labels, statuses, scores and other columns; each part filters.
import { html, useState } from "./vendor/htm-preact.js";
import { NO_LABEL, Swatch, labelColour, number, share } from "./names.js";

export function Sidebar({ bench }) {
  const { facets, setup } = bench;
  if (!bench.hasSide) return null;
  return html`<aside class="side" aria-label="filters">
    ${setup.names.length > 0 && html`<${LabelFacet} bench=${bench} facets=${facets} />`}
    ${facets.scores && html`<${ScoreFacet} bench=${bench} scores=${facets.scores} />`}
    ${facets.confusion && html`<${Confusion} bench=${bench} confusion=${facets.confusion} />`}
    ${Object.keys(facets.statuses ?? {}).length > 0 && html`<${StatusFacet} bench=${bench} statuses=${facets.statuses} />`}
    ${(facets.columns ?? []).map((column) => html`<${ColumnFacet} key=${column.name} bench=${bench} column=${column} />`)}
  </aside>`;
}

function Part({ title, children }) {
  return html`<div class="part">
    <div class="title" dir="auto">${title}</div>
    ${children}
  </div>`;
}

// One value of a facet: its name, its rows as a bar and a number.
function Line({ name, label, shown, count, longest, total, pressed, onclick }) {
  const title = `${name}: ${number(shown)} of ${number(count)} rows`;
  const colour = label === undefined ? "var(--jsdf-accent)" : label < 0 ? "var(--jsdf-muted)" : labelColour(label);
  return html`<button type="button" class="line" title=${title} aria-pressed=${String(pressed)} onclick=${onclick}>
    ${label !== undefined && html`<${Swatch} label=${label} />`}
    <bdi class="name">${name}</bdi>
    <span class="count">${number(shown)}</span>
    <span class="share">${share(shown, total)}</span>
    <span class="track"
      ><i class="all" style=${{ width: width(count, longest) }}></i
      ><i style=${{ width: width(shown, longest), background: colour }}></i
    ></span>
  </button>`;
}

const width = (part, longest) => `${longest ? (100 * part) / longest : 0}%`;

function LabelFacet({ bench, facets }) {
  const { names } = bench.setup;
  const { labels } = bench.view.filters;
  const lines = names.map((name, label) => ({ name, label, ...(facets.labels?.[label] ?? { count: 0, shown: 0 }) }));
  if (facets.unlabelled?.count) lines.push({ name: "no label", label: NO_LABEL, ...facets.unlabelled });
  const longest = Math.max(1, ...lines.map((line) => line.count));
  const total = lines.reduce((sum, line) => sum + line.shown, 0);
  return html`<${Part} title="Labels">
    ${lines.map(
      (line) =>
        html`<${Line}
          ...${line}
          longest=${longest}
          total=${total}
          pressed=${labels.includes(line.label)}
          onclick=${(event) => bench.toggleLabel(line.label, event.shiftKey)}
        />`,
    )}
  <//>`;
}

function StatusFacet({ bench, statuses }) {
  const { status } = bench.view.filters;
  const longest = Math.max(1, ...Object.values(statuses));
  return html`<${Part} title="Status">
    ${Object.entries(statuses).map(
      ([name, count]) =>
        html`<${Line}
          name=${name}
          shown=${bench.facets.statuses_shown?.[name] ?? count}
          count=${count}
          longest=${longest}
          total=${bench.view.rows}
          pressed=${name === status}
          onclick=${() => bench.filter({ status: name === status ? null : name })}
        />`,
    )}
  <//>`;
}

// Bars over ranges of a number. Dragging over them chooses a range, as do the two fields.
function Histogram({ name, kind, edges, counts, shown, range, low, high, step, choose }) {
  const [drag, setDrag] = useState(null);
  const longest = Math.max(1, ...counts);
  const last = counts.length - 1;
  const at = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(last, Math.floor(((event.clientX - box.left) / box.width) * counts.length)));
  };
  const ends = (drag) => [edges[Math.min(...drag)], edges[Math.max(...drag) + 1]];
  const chosen = drag ? ends(drag) : range;
  const isIn = (i) => !chosen || (edges[i] >= chosen[0] - 1e-9 && edges[i + 1] <= chosen[1] + 1e-9);
  const fields = chosen ?? [edges[0], edges[last + 1]];
  const field = (end, text) => html`<input
    type="number"
    aria-label=${`${name}: ${text}`}
    step=${step}
    value=${round(fields[end])}
    onchange=${(event) => {
      const value = Number(event.target.value);
      if (event.target.value !== "") choose(end ? [Math.min(fields[0], value), value] : [value, Math.max(fields[1], value)]);
    }}
  />`;
  return html`<div
      class="bars"
      title="drag over the bars to filter"
      onpointerdown=${(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag([at(event), at(event)]);
      }}
      onpointermove=${(event) => drag && setDrag([drag[0], at(event)])}
      onpointerup=${() => {
        if (drag) choose(ends(drag));
        setDrag(null);
      }}
      onpointercancel=${() => setDrag(null)}
    >
      ${counts.map(
        (count, i) =>
          html`<span class=${isIn(i) ? "in" : "out"}
            ><i class="all" style=${{ height: width(count, longest) }}></i
            ><i style=${{ height: width(shown[i], longest) }}></i
          ></span>`,
      )}
    </div>
    <div class="range">
      ${kind === "date"
        ? html`<span>${low}</span><span>to</span><span>${high}</span>`
        : html`${field(0, "from")}<span>to</span>${field(1, "to")}`}
      ${range && html`<button type="button" title=${`${name}: all`} onclick=${() => choose(null)}>all</button>`}
    </div>`;
}

const round = (value) => Number(value.toPrecision(6));

function ScoreFacet({ bench, scores }) {
  return html`<${Part} title="Score">
    <${Histogram}
      ...${scores}
      name="score"
      step="0.05"
      range=${bench.view.filters.score}
      choose=${(range) => bench.filter({ score: range })}
    />
  <//>`;
}

function Confusion({ bench, confusion }) {
  const { rows, columns, cells } = confusion;
  const { cell } = bench.view.filters;
  const most = Math.max(1, ...cells.flat());
  const isChosen = (i, j) => cell !== null && cell[0] === i && cell[1] === j;
  return html`<${Part} title="Label against second opinion">
    <div class="confusion" tabindex="0" role="region" aria-label="confusion matrix">
      <table style=${{ "--columns": columns.length }}>
        <thead>
          <tr>
            <td></td>
            ${columns.map((name) => html`<th scope="col" title=${name}><bdi>${name}</bdi></th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (name, i) =>
              html`<tr>
                <th scope="row" title=${name}><bdi>${name}</bdi></th>
                ${columns.map(
                  (other, j) =>
                    html`<td>
                      <button
                        type="button"
                        title=${`${name}, against ${other}: ${number(cells[i][j])} rows`}
                        aria-pressed=${String(isChosen(i, j))}
                        style=${{ "--share": Math.sqrt(cells[i][j] / most) }}
                        class=${name === other ? "same" : cells[i][j] ? "other" : ""}
                        onclick=${() => bench.filter({ cell: isChosen(i, j) ? null : [i, j] })}
                      >
                        <span>${number(cells[i][j])}</span>
                      </button>
                    </td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  <//>`;
}

function ColumnFacet({ bench, column }) {
  const { name, kind, missing } = column;
  const chosen = bench.view.filters.columns[name];
  const gaps = missing > 0 && html`<p class="quiet">${number(missing)} missing</p>`;
  if (column.edges)
    return html`<${Part} title=${name}>
      <${Histogram}
        ...${column}
        step="any"
        range=${chosen?.range ?? null}
        choose=${(range) => bench.filterColumn(name, range && { range })}
      />
      ${gaps}
    <//>`;
  if (kind === "text") return html`<${Part} title=${name}><p class="quiet">${number(column.distinct)} distinct texts</p>${gaps}<//>`;
  const longest = Math.max(1, ...column.counts);
  const values = chosen?.values ?? [];
  const toggle = (value, several) => {
    const others = values.filter((other) => other !== value);
    const next = values.includes(value) ? (several ? others : []) : several ? [...values, value] : [value];
    bench.filterColumn(name, next.length ? { values: next } : null);
  };
  return html`<${Part} title=${name}>
    ${column.values.map(
      (value, i) =>
        html`<${Line}
          name=${value}
          shown=${column.shown[i]}
          count=${column.counts[i]}
          longest=${longest}
          total=${bench.view.rows}
          pressed=${values.includes(value)}
          onclick=${(event) => toggle(value, event.shiftKey)}
        />`,
    )}
    ${column.others > 0 && html`<p class="quiet">${number(column.others)} more values</p>`} ${gaps}
  <//>`;
}
