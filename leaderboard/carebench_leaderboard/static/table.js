/* Tables: sorted by their headings, and of long ones only the rows in sight are in the page. */

const MANY = 80, ROW = 46, SPARE = 12;

/**
 * A table. A column has a `key`, a `head`, `cell(row)` as text or nodes, and where it can be sorted by `value(row)`.
 * The first column with `names` set heads its row.
 */
function grid({ label, caption, columns, rows, kind = "", sort = "", onSort = null, rowClass = () => "" }) {
  const long = rows.length > MANY;
  const body = el("tbody");
  const table = el("table", { class: `${kind} ${long ? "long" : ""}`, "aria-rowcount": rows.length + 1 },
    el("caption", { text: caption }), el("thead", {}, el("tr", { "aria-rowindex": 1 }, columns.map((column) => heading(column, sort, onSort)))), body);
  const box = el("div", { class: `scroll ${long ? "tall" : ""}`, tabindex: 0, role: "region", "aria-label": label }, table);
  const drawn = (from, to) => rows.slice(from, to).map((row, at) => line(columns, row, from + at + 2, rowClass(row)));
  const fill = (everything) => {
    if (!long || everything) return body.replaceChildren(...drawn(0, rows.length));
    const from = Math.max(0, Math.floor(box.scrollTop / ROW) - SPARE);
    const to = Math.min(rows.length, from + Math.ceil((box.clientHeight || 800) / ROW) + 2 * SPARE);
    return body.replaceChildren(gap(from, columns), ...drawn(from, to), gap(rows.length - to, columns));
  };
  if (long) {
    let waiting = false;
    box.addEventListener("scroll", () => {
      if (!waiting) requestAnimationFrame(() => { waiting = false; fill(); });
      waiting = true;
    }, { passive: true });
    if (rows.length <= 5000) addEventListener("beforeprint", () => body.isConnected && fill(true));
  }
  fill();
  return box;
}

function gap(rows, columns) {
  return el("tr", { "aria-hidden": "true", class: "gap", style: { height: `${rows * ROW}px` } }, rows ? el("td", { colspan: columns.length }) : null);
}

function line(columns, row, index, kind) {
  return el("tr", { class: kind || null, "aria-rowindex": index }, columns.map((column) => {
    const [name, scope] = column.names ? ["th", "row"] : ["td", null];
    const said = column.cell(row);
    return el(name, { class: column.kind, scope, title: column.title?.(row) || null, style: column.style?.(row) }, ...[said].flat());
  }));
}

function heading(column, sort, onSort) {
  const [by, way] = sort.split(".");
  const sorted = by === column.key ? (way === "up" ? "ascending" : "descending") : null;
  const given = { scope: "col", class: column.kind, title: column.about || null, "aria-sort": sorted };
  if (!column.value || !onSort) return el("th", given, ...[column.head].flat());
  const turn = sorted === "descending" ? "up" : sorted === "ascending" ? "" : "down";
  const act = () => onSort(turn ? `${column.key}.${turn}` : "");
  const sign = sorted ? (sorted === "ascending" ? " ▴" : " ▾") : "";
  return el("th", given, el("button", { class: "sort", on: { click: act } }, ...[column.head].flat(), el("span", { "aria-hidden": "true", text: sign })));
}

/** `rows` by the column that `sort` names, what has no value last, equal ones in their order. */
function sortedBy(rows, columns, sort) {
  const [by, way] = sort.split(".");
  const column = columns.find((each) => each.key === by && each.value);
  if (!column) return rows;
  const turn = way === "up" ? 1 : -1;
  const absent = (value) => value === null || value === undefined || value === "";
  return rows.map((row, at) => [column.value(row), at, row]).sort(([one, first], [other, second]) => {
    if (absent(one) || absent(other)) return absent(one) - absent(other) || first - second;
    const order = typeof one === "string" ? one.localeCompare(other) : one - other;
    return turn * order || first - second;
  }).map(([, , row]) => row);
}
