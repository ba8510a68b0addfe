// The focus view: one row at full width, with every label's score, its other columns, and zoom.
import { html, useLayoutEffect, useRef, useState } from "./vendor/htm-preact.js";
import { Button, Found, Swatch, isImage, labelColour } from "./names.js";
import { Chips, Flags } from "./tiles.js";

const MAX_SCALE = 16;

export function Focus({ bench }) {
  const root = useRef();
  useLayoutEffect(() => {
    if (!bench.isTyping()) bench.wantsFocus = true;
  }, [bench.focusRow]);
  useLayoutEffect(() => {
    if (!bench.wantsFocus || bench.overlay) return;
    bench.wantsFocus = false;
    // A text takes the focus itself, so that Space and the page keys scroll it.
    (root.current.querySelector(".whole") ?? root.current).focus({ preventScroll: true });
  });
  const { tile, focus } = bench;
  const title = `row ${tile?.index ?? ""}`;
  return html`<section class="focus" ref=${root} tabindex="-1" aria-label=${`${title}, closely`}>
    <div class="focus-head">
      <${Button} text="‹" name="previous row" onclick=${() => bench.move(-1)} />
      <${Button} text="›" name="next row" onclick=${() => bench.move(1)} />
      <strong><bdi>${title}</bdi></strong>
      ${focus?.name && html`<bdi class="quiet name" title=${focus.name}>${focus.name}</bdi>`}
      ${focus?.width > 0 && html`<span class="quiet">${focus.width} × ${focus.height}</span>`}
      <span class="spread"></span>
      ${tile && html`<${Flags} tile=${tile} />`}
      <${Button} text="Close" shortcut="Esc" onclick=${() => bench.escape(() => {})} />
    </div>
    <div class="focus-body">
      ${focus === null ? html`<p class="empty">opening row ${tile?.index} …</p>` : html`<${Shown} bench=${bench} focus=${focus} />`}
      ${tile && html`<${About} bench=${bench} tile=${tile} focus=${focus} />`}
    </div>
  </section>`;
}

function Shown({ bench, focus }) {
  if (isImage(focus.uri)) return html`<${Zoomable} key=${focus.row} focus=${focus} />`;
  return html`<div class="whole" tabindex="0" role="region" aria-label="text" dir="auto">
    ${focus.reason && html`<p class="reason">${focus.reason}</p>`}
    <div class="prose"><${Found} text=${focus.text} needle=${bench.view.filters.text} /></div>
  </div>`;
}

function About({ bench, tile, focus }) {
  const { names } = bench.setup;
  const scores = [...(focus?.scores ?? [])].sort((one, other) => other[1] - one[1]);
  return html`<div class="about" tabindex="0" role="region" aria-label="about this row">
    <p class="chips"><${Chips} tile=${tile} names=${names} /></p>
    ${tile.disagreement && html`<p class="disputed">≠ ${tile.disagreement}</p>`}
    ${tile.note && html`<p class="note" dir="auto">${tile.note}</p>`}
    ${scores.length > 0 &&
    html`<dl class="scores">
      ${scores.map(
        ([label, score]) =>
          html`<div>
            <dt><${Swatch} label=${label} /><bdi>${names[label]}</bdi></dt>
            <dd>
              <span class="track"><i style=${{ width: `${100 * score}%`, background: labelColour(label) }}></i></span
              >${score.toFixed(2)}
            </dd>
          </div>`,
      )}
    </dl>`}
    ${focus?.fields?.length > 0 &&
    html`<dl class="fields">
      ${focus.fields.map(([name, text]) => html`<div><dt dir="auto">${name}</dt><dd dir="auto">${text}</dd></div>`)}
    </dl>`}
    <${Neighbours} bench=${bench} />
  </div>`;
}

// The rows before and after in the order, of this page.
function Neighbours({ bench }) {
  const first = Math.max(0, bench.index - 2);
  const near = bench.tiles.slice(first, first + 5);
  return html`<div class="near" role="group" aria-label="rows near this one">
    ${near.map((tile, i) => {
      const uri = bench.pictures[tile.row];
      return html`<button
        type="button"
        key=${tile.row}
        class=${first + i === bench.index ? "current" : ""}
        title=${tile.text}
        onclick=${() => bench.goTo(first + i)}
      >
        <span class="unseen-text">row ${tile.index}</span>
        ${isImage(uri) ? html`<img src=${uri} alt="" />` : html`<span dir="auto">${tile.text.slice(0, 60)}</span>`}
      </button>`;
    })}
  </div>`;
}

// A picture that fits, or at one pixel of the picture a pixel of the page, or in between; it can be dragged and pinched.
function Zoomable({ focus }) {
  const frame = useRef();
  const [place, setPlace] = useState({ scale: null, x: 0, y: 0 }); // scale null: fits
  const pointers = useRef(new Map());
  const fitScale = () => {
    const { clientWidth, clientHeight } = frame.current;
    const image = frame.current.firstElementChild;
    return Math.min(1, clientWidth / image.naturalWidth, clientHeight / image.naturalHeight);
  };
  const zoom = (factor) => {
    const scale = Math.max(fitScale() / 2, Math.min((place.scale ?? fitScale()) * factor, MAX_SCALE));
    setPlace({ ...place, scale });
  };
  const apart = () => {
    const [one, other] = [...pointers.current.values()];
    return Math.hypot(one[0] - other[0], one[1] - other[1]);
  };
  const drag = (event) => {
    if (!pointers.current.has(event.pointerId)) return;
    const [x, y] = pointers.current.get(event.pointerId);
    const before = pointers.current.size === 2 ? apart() : 0;
    pointers.current.set(event.pointerId, [event.clientX, event.clientY]);
    if (before) return zoom(apart() / before);
    setPlace({ ...place, scale: place.scale ?? fitScale(), x: place.x + event.clientX - x, y: place.y + event.clientY - y });
  };
  const end = (event) => pointers.current.delete(event.pointerId);
  const style =
    place.scale === null
      ? {}
      : { transform: `translate(-50%, -50%) translate(${place.x}px, ${place.y}px) scale(${place.scale})` };
  return html`<div class="viewer">
    <div
      class="frame"
      ref=${frame}
      onwheel=${(event) => {
        event.preventDefault();
        zoom(Math.exp(-event.deltaY / 400));
      }}
      onpointerdown=${(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, [event.clientX, event.clientY]);
      }}
      onpointermove=${drag}
      onpointerup=${end}
      onpointercancel=${end}
    >
      <img class=${place.scale === null ? "fits" : "free"} style=${style} src=${focus.uri} alt=${focus.alt} draggable=${false} />
    </div>
    <div class="zoom" role="group" aria-label="zoom">
      <${Button} text="Fit" pressed=${place.scale === null} onclick=${() => setPlace({ scale: null, x: 0, y: 0 })} />
      <${Button} text="1:1" pressed=${place.scale === 1} onclick=${() => setPlace({ scale: 1, x: 0, y: 0 })} />
      <${Button} text="−" name="smaller" onclick=${() => zoom(1 / 1.5)} />
      <${Button} text="+" name="larger" onclick=${() => zoom(1.5)} />
    </div>
  </div>`;
}
