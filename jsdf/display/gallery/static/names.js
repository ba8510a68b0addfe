// Elements, and names that several parts use.
import { html } from "./vendor/htm-preact.js";

export const DIGIT_KEYS = 9; // labels that have a digit as their key
export const NO_LABEL = -1; // the filter for rows without a label
export const COLOURS = 8; // colours of labels in the theme; further labels begin again with the first
const IMAGE_PREFIXES = ["data:image/webp;base64,", "data:image/jpeg;base64,", "data:image/png;base64,"];

// Only images that the kernel has made are shown: an address would tell its host who looks.
export const isImage = (uri) => typeof uri === "string" && IMAGE_PREFIXES.some((prefix) => uri.startsWith(prefix));

export const labelColour = (position) => `var(--jsdf-label-${position % COLOURS})`;
export const number = (value) => value.toLocaleString("en");
export const share = (part, total) => (total ? `${Math.round((100 * part) / total)} %` : "");

export function Key({ name }) {
  return html`<kbd aria-hidden="true">${name}</kbd>`;
}

// `aria-disabled` instead of `disabled`, which would take the focus from the button.
export function Button({ text, name, shortcut, onclick, pressed, expanded, off = false, class: kind = "", children }) {
  return html`<button
    type="button"
    class=${kind}
    title=${name ?? text}
    aria-label=${name ?? null}
    aria-pressed=${pressed === undefined ? null : String(pressed)}
    aria-expanded=${expanded === undefined ? null : String(expanded)}
    aria-disabled=${off ? "true" : null}
    aria-keyshortcuts=${shortcut ?? null}
    onclick=${onclick}
  >
    ${children ?? html`<span>${text}</span>`}${shortcut && html` <${Key} name=${shortcut} />`}
  </button>`;
}

export function Swatch({ label }) {
  return html`<i class="swatch" style=${{ background: label < 0 ? "transparent" : labelColour(label) }}></i>`;
}

// A text with what was searched for marked, in any case of letters.
export function Found({ text, needle }) {
  if (!needle) return text;
  const parts = [];
  const [lower, sought] = [text.toLowerCase(), needle.toLowerCase()];
  // Where lower case has another length, positions would not fit: such a text is shown without marks.
  if (lower.length !== text.length) return text;
  let end = 0;
  for (let at = lower.indexOf(sought); at >= 0 && parts.length < 200; at = lower.indexOf(sought, end)) {
    parts.push(text.slice(end, at), html`<mark>${text.slice(at, at + sought.length)}</mark>`);
    end = at + sought.length;
  }
  return [...parts, text.slice(end)];
}
