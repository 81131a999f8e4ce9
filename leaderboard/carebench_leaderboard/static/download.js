/* Files of what is shown: CSV that no spreadsheet takes for formulas, JSON, and SVG that stands alone. */

const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;

function csv(columns, rows) {
  return [columns, ...rows].map((row) => row.map(csvCell).join(",")).join("\n") + "\n";
}

function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function save(name, text, type) {
  const source = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: source, download: name.replace(/[^\w.-]+/g, "-") }).click();
  setTimeout(() => URL.revokeObjectURL(source), 1000);
}

/** Buttons that keep a table, as `columns` and `rows` of plain values, and a picture where there is one. */
function keepers(name, columns, rows, picture = null) {
  const objects = () => rows().map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])));
  const button = (text, act) => el("button", { class: "keep", text, "aria-label": `Download ${name} as ${text}`, on: { click: act } });
  return el("p", { class: "keepers" }, el("span", { text: "Download " }),
    columns ? button("CSV", () => save(`${name}.csv`, csv(columns, rows()), "text/csv")) : null,
    columns ? button("JSON", () => save(`${name}.json`, `${JSON.stringify(objects(), null, 1)}\n`, "application/json")) : null,
    picture ? button("SVG", () => save(`${name}.svg`, alone(picture()), "image/svg+xml")) : null);
}

function alone(picture) {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(picture)}\n`;
}

const INK = "#1c2126", QUIET = "#5b6570", RULE = "#e4e4de", ACCENT = "#1d5d86", REFERENCE = "#96560f";
const HUES = [REFERENCE, ACCENT, "#b34d12", "#3c7d3e", "#86479c", "#a88400", "#c43d63", "#1f8a8a", "#5361c7"];

function sheet(width, height, title, ...children) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "font-family": "Helvetica, Arial, sans-serif", "font-size": 12 },
    svg("title", { text: title }), svg("rect", { width, height, fill: "#fff" }), ...children);
}

function written(x, y, text, given = {}) {
  return svg("text", { x, y, fill: INK, text, ...given });
}

/** A forest plot of rows with `title`, `shown`, `low`, `high` and `entrant`, for a paper. */
function forestAlone(title, measure, rows, axis) {
  const left = 280, wide = 380, top = 44, step = 20, place = (value) => left + (wide * axis.place(value)) / 100;
  const foot = top + rows.length * step;
  return sheet(left + wide + 170, foot + 44, title, written(12, 24, title, { "font-weight": 600, "font-size": 14 }),
    axis.ticks.map((tick) => [
      svg("path", { d: `M${place(tick)} ${top}V${foot}`, stroke: RULE }),
      written(place(tick), foot + 16, axis.label(tick), { fill: QUIET, "text-anchor": "middle" })]).flat(),
    written(left + wide / 2, foot + 34, measure, { fill: QUIET, "text-anchor": "middle" }),
    rows.map((row, at) => {
      const y = top + (at + 0.5) * step, stroke = row.entrant ? ACCENT : REFERENCE;
      return [written(12, y + 4, row.title),
        row.low === null ? null : svg("path", { d: `M${place(row.low)} ${y}H${place(row.high)}`, stroke, "stroke-width": 3, "stroke-opacity": 0.5 }),
        row.shown === null ? null : svg("circle", { cx: place(row.shown), cy: y, r: 4, fill: stroke }),
        written(left + wide + 14, y + 4, `${number(row.shown)}${row.low === null ? "" : ` (${bounds(row.low, row.high)})`}`, { fill: QUIET })];
    }).flat().filter(Boolean));
}

/** A panel of a figure as a picture of its own. */
function panelAlone(view, figure) {
  const [left, top, wide, high] = [64, 46, 520, 340];
  const stroke = (hue) => ({ stroke: HUES[hue], fill: "none", "vector-effect": "non-scaling-stroke" });
  const lines = view.curves.map((each) => [
    each.band ? svg("path", { d: each.band, fill: HUES[each.hue], "fill-opacity": 0.13 }) : null,
    each.bars ? svg("path", { d: each.bars, ...stroke(each.hue), "stroke-opacity": 0.45 }) : null,
    each.path ? svg("path", { d: each.path, ...stroke(each.hue), "stroke-width": 1.8, ...(each.hue ? {} : { "stroke-dasharray": "5 4" }) }) : null,
    svg("path", { d: each.spots, ...stroke(each.hue), "stroke-width": 6.5, "stroke-linecap": "round" })]).flat().filter(Boolean);
  const rest = view.rest ? [svg("path", { d: view.rest, stroke: "#8a939c", fill: "none", "stroke-opacity": 0.5, "stroke-width": figure.kind === "scatter" ? 5 : 1, "stroke-linecap": "round", "vector-effect": "non-scaling-stroke" })] : [];
  return sheet(left + wide + 230, top + high + 56, figure.title,
    written(12, 24, `${figure.title}: ${view.title}`, { "font-weight": 600, "font-size": 14 }),
    view.up.map(([at, text]) => [svg("path", { d: `M${left} ${top + (high * at) / 100}h${wide}`, stroke: RULE }),
      written(left - 8, top + (high * at) / 100 + 4, text, { fill: QUIET, "text-anchor": "end" })]).flat(),
    view.across.map(([at, text]) => written(left + (wide * at) / 100, top + high + 18, text, { fill: QUIET, "text-anchor": "middle" })),
    written(left + wide / 2, top + high + 42, figure.x, { fill: QUIET, "text-anchor": "middle" }),
    written(16, top + high / 2, figure.y, { fill: QUIET, "text-anchor": "middle", transform: `rotate(-90 16 ${top + high / 2})` }),
    svg("svg", { x: left, y: top, width: wide, height: high, viewBox: "0 0 100 100", preserveAspectRatio: "none" }, rest, lines),
    view.curves.map((each) => written(left + wide + 12, top + (high * each.at) / 100 + 4, each.title, { fill: HUES[each.hue] })));
}
