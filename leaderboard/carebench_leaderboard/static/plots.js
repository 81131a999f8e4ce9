/* Drawings by hand: strips of a forest plot, scatters, and the figures whose paths come with the data. */

/** A figure of a model with its interval, on the axis that the whole column shares. */
function strip(axis, { at, low, high, said, hollow = false, lines = [] }) {
  const place = (value) => axis.place(value).toFixed(2);
  const known = at !== null && at !== undefined;
  const marks = [
    axis.ticks.map((tick) => svg("path", { class: "tick", d: `M${place(tick)} 0V10` })),
    lines.map((line) => svg("path", { class: "line", d: `M${place(line)} 0V10` })),
    low !== null && high !== null && low !== undefined ? svg("path", { class: "bar", d: `M${place(low)} 5H${place(high)}` }) : null,
    known && axis.holds(at) ? svg("path", { class: "dot", d: `M${place(at)} 5h0` }) : null,
    known && axis.holds(at) && hollow ? svg("path", { class: "hole", d: `M${place(at)} 5h0` }) : null,
  ];
  const picture = svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": said, class: "strip" }, marks.flat());
  const beyond = known && !axis.holds(at);
  return [picture, beyond ? el("span", { class: "beyond", text: at > axis.high ? "▸" : "◂", style: { left: at > axis.high ? "100%" : "0" }, title: "beyond the axis" }) : null];
}

function ticksOf(axis) {
  return el("div", { class: "axis", "aria-hidden": "true" }, axis.ticks.map((tick) => el("span", { text: axis.label(tick), style: { left: `${axis.place(tick)}%` } })));
}

/** A panel of a figure whose paths were laid out when the board was written. */
function panel(view, figure, small = false) {
  const scatter = figure.kind === "scatter";
  const said = `${figure.title}, ${view.title}`;
  const curve = (each) => svg("g", { class: `hue-${each.hue}` },
    svg("title", { text: each.title }),
    each.band ? svg("path", { class: "band", d: each.band }) : null,
    each.bars && !small ? svg("path", { class: "bars", d: each.bars }) : null,
    each.path ? svg("path", { class: "curve", d: each.path }) : null,
    !small || scatter ? svg("path", { class: "spots", d: each.spots }) : null);
  const picture = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": said },
    svg("title", { text: said }), svg("desc", { text: `${figure.y} against ${figure.x}. ${view.said}.` }),
    view.up.map(([at]) => svg("path", { class: "tick", d: `M0 ${at}H100` })),
    scatter ? view.across.map(([at]) => svg("path", { class: "tick", d: `M${at} 0V100` })) : null,
    view.unnamed?.length && !scatter ? othersOf(view) : view.rest ? svg("path", { class: scatter ? "rest spots" : "rest", d: view.rest }) : null,
    [...view.curves].reverse().map(curve));
  return el("div", { class: small ? "chart small" : "chart" },
    el("div", { class: "y-axis", "aria-hidden": "true" }, view.up.map(([at, text]) => el("span", { text, style: { top: `${at}%` } }))),
    el("div", { class: "canvas" }, picture),
    small || scatter ? null : leaders(view),
    small ? null : labelsOf(view),
    el("div", { class: "x-axis", "aria-hidden": "true" }, view.across.map(([at, text]) => el("span", { text, style: { left: `${at}%` } }))),
    small ? null : el("p", { class: "x-label", text: figure.x }));
}

/** Grey lines one by one, so that each says whose it is to who points at it. */
function othersOf(view) {
  return view.rest.split("M").slice(1).map((path, at) => svg("g", { class: "other" },
    svg("title", { text: view.unnamed[at] }), svg("path", { class: "hit", d: `M${path}` }), svg("path", { class: "rest", d: `M${path}` })));
}

function leaders(view) {
  return svg("svg", { class: "leaders", viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" },
    view.curves.map((each) => svg("path", { class: `hue-${each.hue}`, d: `M0 ${each.end}L100 ${each.at}` })));
}

function labelsOf(view) {
  return el("ul", { class: "labels" },
    view.curves.map((each) => el("li", { class: `hue-${each.hue}`, style: { top: `${each.at}%` }, title: each.title, text: each.title })),
    view.others ? el("li", { class: "others", text: `${view.others} more in grey` }) : null);
}

/** Dots of two numbers each: [x, y, title, hue]; where x is `logarithmic` its axis has powers of ten. */
function scatterView(title, dots, { logarithmic = false, text = number } = {}) {
  const x = logarithmic ? axisOver(dots.map(([value]) => Math.log10(value))) : axisOver(dots.map(([value]) => value), 7);
  const y = axisOver(dots.map(([, value]) => Math.max(value, -1)), 7);
  const across = logarithmic ? powers(x) : x.ticks.map((tick) => [x.place(tick), x.label(tick)]);
  const spot = ([wide, high]) => `M${x.place(logarithmic ? Math.log10(wide) : wide).toFixed(2)} ${(100 - y.place(high)).toFixed(2)}h0`;
  const named = dots.filter((dot) => dot[3]);
  const heights = named.map((dot) => 100 - y.place(dot[1]));
  const places = apart(heights);
  return {
    title, across, up: y.ticks.map((tick) => [100 - y.place(tick), y.label(tick)]),
    curves: named.map((dot, at) => ({ title: dot[2], hue: dot[3], path: "", spots: spot(dot), bars: "", end: heights[at], at: places[at] })),
    rest: dots.filter((dot) => !dot[3]).map(spot).join(""), others: dots.length - named.length,
    said: named.map(([wide, high, name]) => `${name}: ${text(wide)}, ${number(high)}`).join("; "),
  };
}

function powers(axis) {
  const ticks = [];
  for (let power = Math.floor(axis.low); power <= axis.high; power += 1) {
    for (const lead of axis.high - axis.low > 3 ? [1] : [1, 3]) {
      const at = power + Math.log10(lead);
      if (axis.holds(at)) ticks.push([axis.place(at), String(lead * 10 ** power).slice(0, 6)]);
    }
  }
  return ticks;
}

/** Heights of labels, each as near to its own as room between neighbours allows. */
function apart(heights, room = 6.2) {
  const order = heights.map((_, at) => at).sort((one, other) => heights[one] - heights[other]);
  const places = [];
  for (const at of order) places.push(Math.max(heights[at], places.length ? places.at(-1) + room : 0));
  for (let at = places.length - 1, limit = 100; at >= 0; at -= 1, limit = places[at + 1] - room) places[at] = Math.min(places[at], limit);
  return heights.map((_, at) => places[order.indexOf(at)]);
}

/** A figure with its words, a button to keep it and the numbers behind it. */
function figureOf(title, words, picture, below = []) {
  const frame = el("figure", {}, el("figcaption", {}, el("h3", { text: title }), el("p", { class: "quiet", text: words })), picture, below);
  return frame;
}

/** A fold whose content is made when it is opened first. */
function fold(title, note, make) {
  const details = el("details", {}, el("summary", { text: title }, note ? el("small", { text: note }) : null));
  const fill = () => details.childElementCount > 1 || details.append(make());
  details.addEventListener("toggle", fill, { once: true });
  addEventListener("beforeprint", () => details.isConnected && fill());
  return details;
}
