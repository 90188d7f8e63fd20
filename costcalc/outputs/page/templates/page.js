"use strict";
(() => {
  // A row is an element of the page, or is made one of when it is shown: columns of cells are what it is made from.
  const cellOf = (columns, number, index) => {
    const { cells, rows } = columns[index];
    const cell = cells[rows === undefined ? number : rows[number]];
    return typeof cell === "number" ? [cell.toLocaleString("en-US"), cell] : typeof cell === "string" ? [cell] : cell;
  };
  const texts = (record) => record.row === null
    ? record.columns.map((_, index) => cellOf(record.columns, record.number, index)[0]).join("\n")
    : record.row.textContent;
  const value = (record, index) => {
    if (record.row === null) {
      const [text, number] = cellOf(record.columns, record.number, index);
      return typeof number === "number" ? number : text;
    }
    const cell = record.row.cells[index];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  const rowOf = (record, headings) => {
    if (record.row !== null) return record.row;
    const row = document.createElement("tr");
    headings.forEach((heading, index) => {
      const [text, number, part] = cellOf(record.columns, record.number, index);
      const cell = row.insertCell();
      cell.textContent = text;
      if (heading.classList.contains("number")) cell.className = "number";
      if (typeof number === "number") cell.dataset.value = number;
      if (part !== undefined) cell.style.setProperty("--part", part);
    });
    record.row = row;
    return row;
  };
  // What is no number comes last among numbers, in either direction.
  const compare = (a, b, sign) =>
    typeof a === "number" && typeof b === "number" ? sign * (a - b)
      : typeof a === "number" ? -1
        : typeof b === "number" ? 1
          : sign * a.localeCompare(b, "en", { numeric: true });

  for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    const frame = table.closest(".table");
    const later = frame.querySelector(".later");
    const columns = later === null ? [] : JSON.parse(later.textContent);
    const beyond = columns.length === 0 ? 0 : (columns[0].rows ?? columns[0].cells).length;
    const records = [...body.rows].map((row) => ({ row }));
    const step = records.length;
    for (let number = 0; number < beyond; number += 1) records.push({ row: null, columns, number });
    const headings = [...table.tHead.rows[0].cells];
    const filter = frame.querySelector(".filter");
    const more = frame.querySelector(".more");
    let order = records;
    let words = [];
    let most = step;

    const show = () => {
      const found = words.length === 0 ? order : order.filter((record) => {
        const text = texts(record).toLowerCase();
        return words.every((word) => text.includes(word));
      });
      const shown = found.slice(0, most);
      body.replaceChildren(...shown.map((record) => rowOf(record, headings)));
      if (filter !== null) {
        const counts = [found.length, records.length].map((count) => count.toLocaleString("en-US"));
        filter.querySelector("output").textContent = `${counts[0]} of ${counts[1]} rows`;
      }
      if (more !== null) {
        const left = (found.length - shown.length).toLocaleString("en-US");
        more.querySelector("output").textContent = `${left} more rows.`;
        more.querySelector("button").hidden = false;
        more.hidden = found.length === shown.length;
      }
    };

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
        order = next === null ? records
          : records.map((record) => [value(record, index), record])
            .sort((a, b) => compare(a[0], b[0], sign)).map((pair) => pair[1]);
        most = step;
        show();
      });
    });

    if (more !== null) {
      more.querySelector("button").addEventListener("click", () => {
        most += step;
        show();
      });
    }
    if (filter !== null) {
      const field = filter.querySelector("input");
      field.addEventListener("input", () => {
        words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
        most = step;
        show();
      });
      filter.hidden = false;
    }
    if (filter !== null || more !== null) show();
  }

  for (const mark of document.querySelectorAll("svg [role='graphics-symbol'][aria-label]")) {
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = mark.getAttribute("aria-label").replaceAll("; ", "\n");
    mark.prepend(title);
  }
})();
