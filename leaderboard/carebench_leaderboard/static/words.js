/* Elements and numbers. Whatever comes from the data becomes text by way of textContent, never markup. */

const ABSENT = "–", MINUS = "−";

/** An HTML element; `given` holds attributes, and besides `text`, `style` (properties) and `on` (listeners). */
function el(name, given = {}, ...children) {
  return furnish(document.createElement(name), given, children);
}

/** The same for SVG. */
function svg(name, given = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", name), given, children);
}

function furnish(node, { text, style, on, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  for (const [name, value] of Object.entries(style ?? {})) node.style.setProperty(name, value);
  for (const [name, act] of Object.entries(on ?? {})) node.addEventListener(name, act);
  if (text !== undefined && text !== null) node.textContent = text;
  node.append(...there(children));
  return node;
}

function there(children) {
  return children.flat().filter((child) => child !== null && child !== undefined && child !== "");
}

/** Put `children` in place of what `node` holds. */
function fillWith(node, ...children) {
  node.replaceChildren(...there(children));
}

/** A score; from 100 on with fewer decimals, from 1,000 on with none. */
function number(value, digits = 3) {
  if (value === null || value === undefined) return ABSENT;
  const size = Math.abs(value);
  const decimals = size < 100 ? digits : Math.min(digits, size < 1000 ? 1 : 0);
  const text = value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return /[1-9]/.test(text) ? text.replace("-", MINUS) : text.replace("-", "");
}

/** A skill; below -1 only that is said, so that one collapse does not fill the table. */
function skill(value) {
  return value !== null && value < -1 ? `<${MINUS}1` : number(value);
}

/** A signed difference. */
function difference(value) {
  const text = number(value);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** Two bounds, or nothing. */
function bounds(low, high) {
  return low === null || low === undefined || high === null || high === undefined ? "" : `${number(low)} to ${number(high)}`;
}

function count(many, one, several = `${one}s`) {
  return `${many.toLocaleString("en-US")} ${many === 1 ? one : several}`;
}

function seconds(value) {
  if (value === null || value === undefined) return ABSENT;
  return value < 100 ? `${number(value, value < 10 ? 2 : 1)} s` : `${number(value / 60, 1)} min`;
}

/** Which way a metric is better, as a sign behind its heading. */
function direction(metric) {
  return metric.better === "nearer" ? `→ ${metric.ideal}` : metric.better === "higher" ? "↑" : "↓";
}

/** A column of texts that is kept as words and places. */
function decoded(column, at) {
  return column.words[column.at[at]];
}
