// Keys of the gallery and the review, and the list of them.
import { DIGIT_KEYS } from "./names.js";

const TEXT_FIELDS = "input[type=search], input[type=text], input[type=number], textarea";

export function helpLines({ setup }) {
  const { is_editable, names, multiple, can_clear, can_add_label, can_find_similar } = setup;
  const last = Math.min(names.length, DIGIT_KEYS);
  const line = (keys, text, shown = true) => (shown ? [[keys, text]] : []);
  return [
    ...line(last > 1 ? `1 … ${last}` : "1", multiple ? "add or remove this label" : "set this label", is_editable),
    ...line("t", "type the name of a label", is_editable && names.length > DIGIT_KEYS),
    ...line("0 Backspace", "remove the label", is_editable && can_clear),
    ...line("Enter", is_editable ? "accept the label, and go to the next row" : "look at the row closely"),
    ...line("u Ctrl+Z", "undo, and go back to that row", is_editable),
    ...line("m", "mark for later", is_editable),
    ...line("n", "write a note", is_editable),
    ...line("a", "add a label", is_editable && can_add_label),
    ...line("Shift+A", "accept all on this page, and go to the next one", is_editable),
    ...line("g", "labels go on to the next row", is_editable && !multiple),
    ...line("Space", "pick a row; labels then go to all that are picked", is_editable),
    ...line("Shift+arrow", "pick several rows", is_editable),
    ...line("← → ↑ ↓", "move"),
    ...line("Home End", "first, last on this page"),
    ...line("PageUp PageDown", "previous, next page"),
    ...line("e", "look at the row closely"),
    ...line("s", "more like this row", can_find_similar),
    ...line("/", "search"),
    ...line("f", "filters"),
    ...line("v", "grid or list"),
    ...line("+ -", "larger, smaller tiles"),
    ...line("r", "apply the filters again", is_editable),
    ...line("Esc", "close, or leave"),
  ];
}

function actionOf(bench, name, event, focusField) {
  const always = {
    ArrowRight: () => bench.move(1, event.shiftKey), ArrowLeft: () => bench.move(-1, event.shiftKey),
    "?": () => bench.open("help"), s: () => bench.similar(),
  };
  const tiles = {
    ArrowDown: () => bench.moveLine(1, event.shiftKey), ArrowUp: () => bench.moveLine(-1, event.shiftKey),
    Home: () => bench.goTo(0), End: () => bench.goTo(bench.tiles.length - 1),
    PageDown: () => bench.page(1), PageUp: () => bench.page(-1),
    "/": () => focusField("search"), e: () => bench.enlarge(), Enter: () => bench.enlarge(), f: () => bench.toggleSide(),
    v: () => bench.setLayout(bench.isList ? "grid" : "list"), "+": () => bench.setSize(bench.size + 32),
    "-": () => bench.setSize(bench.size - 32),
  };
  const editing = {
    u: () => bench.undo(), m: () => bench.mark(), n: () => bench.open("note"), 0: () => bench.clear(),
    Backspace: () => bench.clear(), Enter: () => bench.accept(), t: () => bench.hasManyLabels && focusField("label-search"),
    a: () => bench.setup.can_add_label && bench.open("label"), g: () => bench.autoAdvance(!bench.view.is_auto_advancing),
  };
  const picking = { " ": () => bench.togglePicked(), r: () => bench.refresh(), A: () => bench.acceptAll("page") };
  const focus = { ArrowDown: always.ArrowRight, ArrowUp: always.ArrowLeft, e: () => bench.escape(() => {}) };
  const keys = { ...always, ...(bench.isFocusOpen ? focus : tiles), ...(bench.isEditable ? editing : {}) };
  return { ...keys, ...(bench.isEditable && !bench.isFocusOpen ? picking : {}) }[name];
}

// Digits are recognised by the position of the key, since some keyboards (French) need Shift for them.
function keyName(event) {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  // Without NumLock, the numeric keypad has arrows.
  if (digit && !event.shiftKey && (event.code.startsWith("Digit") || event.key === digit[1])) return digit[1];
  if (event.key === "A" && event.shiftKey) return "A";
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

// Left to the notebook, which saves itself.
const isSaveShortcut = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";

// Notebook 7 handles keys in the capture phase, before the view gets them; its library Lumino skips elements with
// this attribute. It sees the host of the shadow root only.
export function suppressShortcuts(host, event) {
  if (event.target === host) host.toggleAttribute("data-lm-suppress-shortcuts", !isSaveShortcut(event));
}

export function onKey(bench, event, focusField, leave) {
  const target = event.composedPath()[0];
  const control = event.ctrlKey || event.metaKey;
  if (isSaveShortcut(event)) return;
  event.stopPropagation();
  if (event.isComposing) return;
  const handle = (action) => {
    event.preventDefault();
    action();
  };
  const isInField = target.matches(TEXT_FIELDS) && !bench.overlay;
  if (event.key === "Escape") return handle(() => (isInField ? bench.leaveField() : bench.escape(leave)));
  if (bench.overlay || target.matches(TEXT_FIELDS)) return;
  if (control && event.key.toLowerCase() === "z" && bench.isEditable) return handle(() => bench.undo());
  if (control || event.altKey || event.getModifierState?.("AltGraph")) return;
  const name = keyName(event);
  if (target.matches("button, select, a, input") && [" ", "Enter"].includes(name)) return;
  if (target.matches("select, input[type=range]") && /^(Arrow|Home|End|Page)/.test(name)) return;
  // A key that is held down repeats movements, but no other action.
  if (event.repeat && !/^(Arrow|Page)/.test(name)) return handle(() => {});
  if (bench.isEditable && /^[1-9]$/.test(name)) return handle(() => bench.choose(Number(name) - 1));
  const action = actionOf(bench, name, event, focusField);
  if (action) handle(action);
}
