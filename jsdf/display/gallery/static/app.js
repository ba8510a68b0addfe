// The view of a gallery or a review. The kernel holds the state; this draws it and sends the user's actions. Values
// from the data are only text and attributes; images are data: URIs made by the kernel.
import { html, render as draw, useLayoutEffect, useRef } from "./vendor/htm-preact.js";
import { Bench } from "./bench.js";
import { Dialog } from "./dialogs.js";
import { Focus } from "./focus.js";
import { onKey, suppressShortcuts } from "./keys.js";
import { connectSavedPage } from "./saved.js";
import { Sidebar } from "./sidebar.js";
import { Tiles } from "./tiles.js";
import { Bar, Foot, Labels } from "./toolbar.js";

const MIN_HEIGHT = 360; // pixels, enough for labels and one line of tiles
const MAX_HEIGHT = 1100;
const NOTEBOOK_MARGIN = 150; // pixels that a notebook needs around the view
// Part of the screen's height to use inside a frame, whose height does not tell that of the window.
const FRAME_SHARE = 0.7;

function App({ bench }) {
  const root = useRef();
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const isNarrow = bench.isNarrow;
      bench.width = entry.contentRect.width;
      if (bench.isNarrow !== isNarrow) bench.redraw();
    });
    observer.observe(root.current);
    return () => observer.disconnect();
  }, []);
  const kind = ["bench", bench.isNarrow && "narrow", bench.hasSide && "with-side"].filter(Boolean).join(" ");
  return html`<div class=${kind} ref=${root} role="region" aria-label=${bench.setup.title}>
    <${Bar} bench=${bench} />
    <${Labels} bench=${bench} />
    <div class="main">
      <${Sidebar} bench=${bench} />
      <div class="middle">
        <${Tiles} bench=${bench} />
        ${bench.isFocusOpen && html`<${Focus} bench=${bench} />`}
      </div>
    </div>
    <${Foot} bench=${bench} />
    ${bench.overlay && html`<${Dialog} bench=${bench} />`}
  </div>`;
}

// A shadow root keeps the notebook's own rules for tables, lists and keys out, and these rules in.
function render({ model, el }) {
  const disconnectSavedPage = connectSavedPage({ model, el });
  const host = document.createElement("div");
  host.className = "jsdf-bench";
  const shadow = host.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = RULES; // the style sheet, which `assets.py` puts before this module
  const place = document.createElement("div");
  shadow.append(style, place);
  el.append(host);

  const drawAll = () => draw(html`<${App} bench=${bench} />`, place);
  const redraw = () => {
    const before = shadow.activeElement;
    drawAll();
    if (!before || shadow.activeElement) return;
    bench.wantsFocus = true; // what had the focus has gone: an item of a closed menu, a filter's chip, a tile
    drawAll();
  };
  const bench = new Bench(model, redraw);
  bench.isTyping = () => shadow.activeElement?.matches("input, textarea") ?? false;
  bench.hasFocus = () => shadow.activeElement?.matches('[role="gridcell"]') ?? false;
  const focusField = (name) => place.querySelector(`input[name="${name}"]`)?.focus();
  const leave = () => {
    shadow.activeElement?.blur();
    // Focus the notebook's cell if possible, so that its own keys work again.
    host.parentElement?.closest("[tabindex]")?.focus({ preventScroll: true });
  };
  shadow.addEventListener("keydown", (event) => onKey(bench, event, focusField, leave));
  const suppress = (event) => suppressShortcuts(host, event);
  const fit = () => {
    const height = window.top === window ? window.innerHeight - NOTEBOOK_MARGIN : window.screen.availHeight * FRAME_SHARE;
    host.style.setProperty("--height", `${Math.round(Math.max(MIN_HEIGHT, Math.min(height, MAX_HEIGHT)))}px`);
  };
  // Images come in the same message as the view, so they are there when "change:view" is fired.
  const changes = [
    ["change:setup", () => bench.readSetup()],
    ["change:view", () => bench.readView()],
    ["change:facets", () => bench.redraw()],
    ["change:focus", () => bench.readFocus()],
  ];
  changes.forEach(([name, action]) => model.on(name, action));
  window.addEventListener("keydown", suppress, true);
  window.addEventListener("resize", fit);
  fit();
  bench.width = host.clientWidth; // 0 if the notebook attaches the view later
  bench.redraw();
  return () => {
    disconnectSavedPage();
    changes.forEach(([name, action]) => model.off(name, action));
    window.removeEventListener("keydown", suppress, true);
    window.removeEventListener("resize", fit);
    bench.end();
    draw(null, place);
    host.remove();
  };
}

export default { render };
