// The static page of a gallery in the notebook's file (`saved_page.py`), an output beside the widget's.

const ARRIVAL_MS = 1000; // milliseconds in which the kernel's update of the page arrives, if it can
const ENDED = new Set(["dead", "restarting", "autorestarting", "terminating"]); // states of a kernel without our widget

// Hides the static page while this view of the widget lives, and keeps it up to date in the notebook's file.
// To be called once a view, with the arguments of anywidget's `render`; returns a function that ends it.
// `el` gets the class `jsdf-connected`, by which the page's own rules tell the widget from an error in its place.
export function connectSavedPage({ model, el }) {
  const style = document.createElement("style");
  const kernel = watchKernel(model, el, hide);
  let timer;
  function hide() {
    const { id } = model.get("saved_page") ?? {};
    const isHidden = id && !kernel.hasEnded();
    style.textContent = isHidden ? `[data-jsdf-saved="${CSS.escape(id)}"]{display:none}` : "";
    el.classList.toggle("jsdf-connected", !kernel.hasEnded());
  }
  function check() {
    hide();
    clearTimeout(timer);
    timer = setTimeout(() => isOutdated(model) && model.send({ do: "saved_page" }), ARRIVAL_MS);
  }
  const receive = (message) => message?.saved_page && replaceSavedPage(model, message.saved_page);
  document.head.append(style);
  check();
  model.on("change:saved_page", check);
  model.on("msg:custom", receive);
  return () => {
    clearTimeout(timer);
    model.off("change:saved_page", check);
    model.off("msg:custom", receive);
    kernel.disconnect();
    style.remove();
  };
}

// Tells whether the kernel that has the widget has ended. JupyterLab marks the views of its widgets after a restart,
// but not after a shutdown, of which its session tells.
function watchKernel(model, el, onChange) {
  const session = model.widget_manager?.context?.sessionContext;
  const kernelId = session?.session?.kernel?.id;
  let hasEnded = false;
  const update = () => {
    const kernel = session?.session?.kernel;
    const isOther = Boolean(kernelId) && (kernel?.id !== kernelId || ENDED.has(kernel.status));
    hasEnded ||= isOther || el.closest(".jupyter-widgets-disconnected") !== null;
    onChange();
  };
  const signals = session ? [session.kernelChanged, session.statusChanged] : [];
  signals.forEach((signal) => signal.connect(update));
  model.on("comm_live_update", update);
  return {
    hasEnded: () => hasEnded,
    disconnect() {
      signals.forEach((signal) => signal.disconnect(update));
      model.off("comm_live_update", update);
    },
  };
}

// A kernel updates outputs only in the page that ran the cell: after a reload, JupyterLab drops these updates. So the
// widget replaces the output itself, where the notebook is within reach (JupyterLab and Notebook 7).
function* savedOutputs(model) {
  const { id } = model.get("saved_page") ?? {};
  const cells = model.widget_manager?.context?.model?.cells;
  if (!id || !cells) return;
  for (let i = 0; i < cells.length; i += 1) {
    const { outputs } = cells.get(i);
    for (let j = 0; j < (outputs?.length ?? 0); j += 1) {
      const html = String(outputs.get(j).data["text/html"] ?? "");
      if (html.includes(`data-jsdf-saved="${id}"`)) yield { outputs, position: j, html };
    }
  }
}

function isOutdated(model) {
  const { revision } = model.get("saved_page");
  return [...savedOutputs(model)].some(({ html }) => !html.includes(`data-jsdf-revision="${revision}"`));
}

function replaceSavedPage(model, { data }) {
  for (const { outputs, position } of [...savedOutputs(model)]) {
    outputs.set(position, { ...outputs.get(position).toJSON(), data });
  }
}
