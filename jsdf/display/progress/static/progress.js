// Live view of a run. The kernel sends the state; this module draws it, lets its time go on between two states, and
// sends a click on Stop. Values from the data are set by textContent only; images are data: URIs made by the kernel.

const TICK_MS = 200;
const IMAGE = /^data:image\/(png|jpeg|webp|gif)[;,]/;

function make(tag, name, parent) {
  const node = document.createElement(tag);
  if (name) node.className = `jsdf-progress-${name}`;
  parent?.append(node);
  return node;
}

// Only what has changed: the browser selects and announces nothing anew.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function formatSeconds(seconds) {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

class LiveView {
  constructor(model, el) {
    this.model = model;
    this.hasClicked = false;
    this.root = document.createElement("div");
    this.root.className = "jsdf-progress tex2jax_ignore mathjax_ignore";
    const top = make("div", "top", this.root);
    const main = make("div", "main", top);
    const line = make("div", "line", main);
    this.head = make("b", "head", line);
    this.status = make("span", "status", line);
    this.status.setAttribute("role", "status");
    this.track = make("div", "track", main);
    this.track.setAttribute("role", "progressbar");
    this.track.setAttribute("aria-label", "rows done");
    this.fill = make("div", "fill", this.track);
    this.details = make("div", "details", main);
    this.hint = make("div", "hint", main);
    this.button = make("button", "stop", top);
    this.button.type = "button";
    this.button.title = "Send no new requests; what has landed is kept";
    this.button.addEventListener("click", () => this.stop());
    this.labels = make("div", "labels", this.root);
    this.pictures = make("div", "pictures", this.root);
    el.append(this.root);
  }

  // At once, without waiting for the kernel.
  stop() {
    if (this.hasClicked) return;
    this.hasClicked = true;
    this.drawButton();
    this.model.send({ do: "stop" });
  }

  draw() {
    const state = this.model.get("state");
    if (!state.headline) return; // emptied at the end
    this.state = state;
    this.startedAt = performance.now() - 1000 * state.seconds;
    setText(this.head, state.headline);
    setText(this.status, state.status);
    this.status.className = `jsdf-progress-status jsdf-progress-${state.kind || "phase"}`;
    this.drawBar(state.done, state.rows);
    this.drawLabels(state.labels, state.others);
    setText(this.hint, state.hint);
    this.hint.hidden = !state.hint;
    this.drawButton();
    this.tick();
  }

  drawBar(done, rows) {
    const share = rows ? done / rows : 1;
    this.fill.style.width = `${100 * share}%`;
    this.track.classList.toggle("jsdf-progress-moving", share === 0);
    this.track.setAttribute("aria-valuemin", "0");
    this.track.setAttribute("aria-valuemax", String(rows));
    this.track.setAttribute("aria-valuenow", String(done));
  }

  drawButton() {
    const isStopping = this.hasClicked || this.state.is_stopping;
    this.button.hidden = !this.state.has_button;
    this.button.disabled = isStopping;
    setText(this.button, isStopping ? "stopping..." : "Stop");
  }

  drawLabels(labels, others) {
    const longest = Math.max(1, ...labels.map(([, count]) => count));
    const cells = labels.flatMap(([name, count]) => {
      const label = make("div", "label");
      label.textContent = name;
      label.dir = "auto";
      const cell = make("div", "cell");
      if (count) make("div", "", cell).style.width = `${(100 * count) / longest}%`;
      return [label, cell, this.makeCount(count)];
    });
    if (others.length) {
      const more = make("div", "details");
      more.textContent = `${others[0].toLocaleString("en")} more`;
      cells.push(more, make("div", "cell"), this.makeCount(others[1]));
    }
    this.labels.hidden = !cells.length;
    this.labels.replaceChildren(...cells);
  }

  makeCount(count) {
    const node = make("div", "count");
    node.textContent = count.toLocaleString("en");
    return node;
  }

  drawPictures() {
    const figures = this.model.get("pictures").filter(([uri]) => IMAGE.test(uri)).map(([uri, name]) => {
      const figure = make("figure", "picture");
      const image = make("img", "", figure);
      image.src = uri;
      image.alt = `image labelled ${name}`;
      const caption = make("figcaption", "name", figure);
      caption.textContent = caption.title = name;
      caption.dir = "auto";
      return figure;
    });
    if (figures.length || this.state?.headline) this.pictures.replaceChildren(...figures);
    this.pictures.hidden = !figures.length;
  }

  // The kernel may be too busy to send anything for a while: the time goes on even so.
  tick() {
    if (!this.state) return;
    const time = formatSeconds((performance.now() - this.startedAt) / 1000);
    setText(this.details, [time, ...this.state.figures].join(" · "));
  }
}

function render({ model, el }) {
  const view = new LiveView(model, el);
  const draw = () => view.draw();
  const drawPictures = () => view.drawPictures();
  draw();
  drawPictures();
  model.on("change:state", draw);
  model.on("change:pictures", drawPictures);
  const timer = setInterval(() => view.tick(), TICK_MS);
  return () => {
    clearInterval(timer);
    model.off("change:state", draw);
    model.off("change:pictures", drawPictures);
  };
}

export default { render };
