// Returns one line for each fault of the view. A control may be out of sight only where its part can be scrolled.
(scrolls) => {
  const root = document.querySelector(".jsdf-bench").shadowRoot;
  const bench = root.querySelector(".bench").getBoundingClientRect();
  const faults = [];
  const name = (e) => `${e.tagName.toLowerCase()} "${(e.dataset.name ?? e.getAttribute("aria-label") ?? e.textContent ?? "").trim().slice(0, 40)}"`;
  const parts = [...root.querySelectorAll("button, input, select, textarea, [role=gridcell]")];
  const visible = parts.filter((e) => e.checkVisibility() && e.getBoundingClientRect().width > 0);
  const scrollerOf = (e) => {
    for (let p = e.parentElement; p; p = p.parentElement)
      if (/auto|scroll/.test(getComputedStyle(p).overflow)) return p;
    return null;
  };
  const outside = (inner, outer) =>
    inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
  for (const e of visible) {
    const box = e.getBoundingClientRect();
    const scroller = scrollerOf(e);
    if (!scroller && outside(box, bench)) faults.push(`${name(e)} is cut off by the view`);
    if (scroller) {
      const style = getComputedStyle(scroller);
      const frame = scroller.getBoundingClientRect();
      const isInView = root.contains(scroller) && !root.contains(scrollerOf(scroller)); // and in no other scrolled part
      if (isInView && outside(frame, bench)) faults.push(`the part with ${name(e)} is cut off by the view`);
      const isWide = scroller.scrollWidth > scroller.clientWidth + 1;
      if (isWide && !/auto|scroll/.test(style.overflowX)) faults.push(`${name(e)} is cut off sideways`);
      if (e.matches("[role=gridcell]") && (box.left < frame.left - 1 || box.right > frame.right + 1))
        faults.push(`${name(e)} is wider than its place`);
    }
    const isText = e.matches("button") && !e.matches(".label, .line, .chip") && !e.closest(".near, .confusion");
    if (isText && e.scrollWidth > e.clientWidth + 1) faults.push(`the text of ${name(e)} is cut off`);
    if (e.matches("button, select") && !e.closest(".confusion, .sheet, .line, .side") && box.height < 24)
      faults.push(`${name(e)} is ${box.height} pixels high`);
  }
  const isCovered = (e) => {
    const box = e.getBoundingClientRect();
    const at = root.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !(at === e || e.contains(at) || at?.contains(e));
  };
  const onTop = root.querySelector(".dialog") ?? root.querySelector(".focus") ?? root;
  const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
  const among = visible.filter((e) => onTop.contains(e) && !e.closest(".sheet"));
  const inSight = among.filter((e) => {
    const box = e.getBoundingClientRect();
    const frame = (scrollerOf(e) ?? root.querySelector(".bench")).getBoundingClientRect();
    return !outside(box, frame) && !outside(box, bench);
  });
  const sideways = root.querySelector(".narrow .side");
  if (root.querySelector(".sheet")) return faults; // an open menu covers what is below it
  for (const [i, e] of inSight.entries()) {
    if (sideways && !sideways.contains(e)) continue;
    if (!scrolls && isCovered(e)) faults.push(`${name(e)} is covered`);
    for (const other of inSight.slice(0, i)) {
      if (e.contains(other) || other.contains(e)) continue;
      if (!apart(e.getBoundingClientRect(), other.getBoundingClientRect())) faults.push(`${name(e)} lies over ${name(other)}`);
    }
  }
  for (const text of root.querySelectorAll(".grid .text")) {
    const lines = text.clientHeight / 18;
    if (Math.abs(lines - Math.round(lines)) > 0.06) faults.push(`a text has ${lines} lines`);
    if (text.getBoundingClientRect().bottom > text.parentElement.getBoundingClientRect().bottom + 1)
      faults.push("a text is cut inside a line");
  }
  if (!scrolls && document.documentElement.scrollWidth > window.innerWidth) faults.push("the page scrolls sideways");
  return [...new Set(faults)];
}
