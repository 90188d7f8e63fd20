"use strict";
(() => {
  const value = (row, index) => {
    const cell = row.cells[index];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  // What is no number comes last among numbers, in either direction.
  const compare = (a, b, sign) =>
    typeof a === "number" && typeof b === "number" ? sign * (a - b)
      : typeof a === "number" ? -1
        : typeof b === "number" ? 1
          : sign * a.localeCompare(b, "en", { numeric: true });

  for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const numbers = heading.classList.contains("number");
        const now = heading.getAttribute("aria-sort");
        const next = now === null ? (numbers ? "descending" : "ascending")
          : now === (numbers ? "descending" : "ascending") ? (numbers ? "ascending" : "descending") : null;
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        if (next !== null) heading.setAttribute("aria-sort", next);
        const sign = next === "descending" ? -1 : 1;
        const sorted = next === null ? rows
          : [...rows].sort((a, b) => compare(value(a, index), value(b, index), sign));
        body.append(...sorted);
      });
    });

    const filter = table.closest(".table").querySelector(".filter");
    if (filter === null) continue;
    const field = filter.querySelector("input");
    const count = filter.querySelector("output");
    const show = () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = `${shown} of ${rows.length} rows`;
    };
    field.addEventListener("input", show);
    filter.hidden = false;
    show();
  }

  for (const mark of document.querySelectorAll("svg [role='graphics-symbol'][aria-label]")) {
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = mark.getAttribute("aria-label").replaceAll("; ", "\n");
    mark.prepend(title);
  }
})();
