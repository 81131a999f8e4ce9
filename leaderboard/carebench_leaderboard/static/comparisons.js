/* Figures of how the models of a board compare: rank ranges, critical differences, profiles, and what failures cost. */

const MOST_DRAWN = 40;
/** So many pairs are named in a caption; more are counted. */
const MOST_SAID = 10;

/** Rank ranges as bars: how many places these data leave open for each model. */
function rangeFigure(board, rows) {
  const listed = rows.filter((row) => row.range).slice(0, MOST_DRAWN);
  if (listed.length < 2) return null;
  const last = Math.max(...listed.map((row) => row.range[1]));
  const axis = { ...axisOver([1, last], 6), low: 0.5, high: last + 0.5 };
  axis.place = (value) => Math.min(Math.max((100 * (value - axis.low)) / (axis.high - axis.low), 0), 100);
  axis.holds = (value) => value >= axis.low && value <= axis.high;
  axis.ticks = axis.ticks.filter((tick) => Number.isInteger(tick) && tick >= 1 && tick <= last);
  if (!axis.ticks.includes(1)) axis.ticks.unshift(1);
  axis.label = String;
  const title = (row) => board.models.shown[row.at];
  const columns = [
    { key: "model", head: "Model", kind: "name", names: true, cell: title },
    { key: "plot", head: ticksOf(axis), kind: "plots wide", cell: (row) => el("div", { class: "plot" }, strip(axis, { at: row.rank, low: row.range[0], high: row.range[1], said: `${title(row)}: rank ${row.rank}, ${row.range[0]} to ${row.range[1]}` })) },
    { key: "range", head: "Ranks", cell: (row) => (row.range[0] === row.range[1] ? String(row.range[0]) : `${row.range[0]} to ${row.range[1]}`) },
  ];
  const picture = () => forestAlone(`${board.title}: rank ranges`, "rank", listed.map((row) => ({ title: title(row), shown: row.rank, low: row.range[0], high: row.range[1], entrant: true })), axis);
  return figureOf("Rank ranges", "A dot is the rank, the bar the ranks in the middle 95 % of replicates. Long bars that overlap are models whose order these data leave open.",
    grid({ label: "Rank ranges", caption: `${count(listed.length, "model")}, the first ones ranked.`, columns, rows: listed, kind: "ranges" }),
    [keepers(`ranks-${board.name}`, ["model", "rank", "low", "high"], () => listed.map((row) => [board.models.name[row.at], row.rank, ...row.range]), picture)]);
}

/** Critical-difference diagram: mean ranks on a line, and a bar over models that no test told apart. */
function criticalFigure(board, tasks, rows) {
  if (!isWhole(board, tasks)) return null;
  const { across_tasks: across, secondary } = board.compared;
  if (across.reason || across.compared !== "all pairs") {
    return across.reason ? figureOf("Critical differences", `Not drawn: ${across.reason}. It would say how models do on other tasks like these.`, el("div")) : null;
  }
  const place = new Map(board.models.name.map((name, at) => [name, at]));
  const compared = new Set(across.verdicts.flatMap((each) => [each.better, each.worse]));
  const listed = [...compared].map((name) => ({ name, at: place.get(name), rank: secondary.mean_rank[place.get(name)] })).sort((one, other) => one.rank - other.rank);
  const found = across.verdicts.filter((each) => each.adjusted <= 0.05);
  const apart = new Set(found.flatMap((each) => [`${each.better}\n${each.worse}`, `${each.worse}\n${each.better}`]));
  const cliques = cliquesOf(listed.map((each) => each.name), apart);
  const picture = () => criticalDrawing(board, listed, cliques);
  const said = found.length > MOST_SAID ? `${found.length} of ${across.verdicts.length} pairs; the file below lists them` : found.map((each) => `${board.models.shown[place.get(each.better)]} over ${board.models.shown[place.get(each.worse)]}`).join("; ");
  return figureOf("Critical differences", `Mean rank over tasks. A bar joins models that Wilcoxon's signed-rank test over ${count(across.cohorts, "cohort")} with Holm's correction does not tell apart. Told apart: ${said || "none"}.`,
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Critical differences" }, picture()),
    [keepers(`critical-${board.name}`, ["better", "worse", "p", "adjusted"], () => across.verdicts.map((each) => [each.better, each.worse, each.p, each.adjusted]), picture)]);
}

/** Longest runs of neighbours in rank in which no pair was told apart, as first and last place. */
function cliquesOf(names, apart) {
  const found = [];
  for (let first = 0; first < names.length; first += 1) {
    let last = first;
    const joins = (next) => names.slice(first, next).every((name) => !apart.has(`${name}\n${names[next]}`));
    while (last + 1 < names.length && joins(last + 1)) last += 1;
    if (last > first && !found.some((clique) => clique[1] >= last)) found.push([first, last]);
  }
  return found;
}

function criticalDrawing(board, listed, cliques) {
  const said = (each) => `${board.models.shown[each.at]}  ${number(each.rank, 1)}`;
  const left = Math.max(230, 24 + 7 * Math.max(...listed.map((each) => said(each).length))), wide = 440, half = Math.ceil(listed.length / 2), top = 60 + 9 * cliques.length;
  const low = Math.floor(listed[0].rank), high = Math.max(Math.ceil(listed.at(-1).rank), low + 1);
  const x = (rank) => left + (wide * (rank - low)) / (high - low);
  const ink = { stroke: "currentColor", fill: "none" };
  const ticks = Array.from({ length: high - low + 1 }, (_, at) => low + at).filter((tick) => high - low <= 12 || tick % 2 === 0);
  const label = (each, at) => {
    const onLeft = at < half, row = onLeft ? at : listed.length - 1 - at;
    const y = top + 22 + row * 19, end = onLeft ? left - 14 : left + wide + 14;
    return [svg("path", { d: `M${x(each.rank)} 36V${y}H${end}`, ...ink, "stroke-opacity": 0.45 }),
      svg("text", { x: onLeft ? end - 6 : end + 6, y: y + 4, "text-anchor": onLeft ? "end" : "start", fill: "currentColor", text: said(each) })];
  };
  const height = top + 40 + half * 19;
  return svg("svg", { class: "critical", viewBox: `0 0 ${2 * left + wide} ${height}`, width: 2 * left + wide, height, role: "img", "aria-label": "Critical-difference diagram", "font-size": 12.5, "font-family": "Helvetica, Arial, sans-serif" },
    svg("path", { d: `M${left} 36H${left + wide}`, ...ink }), ticks.map((tick) => [svg("path", { d: `M${x(tick)} 30V36`, ...ink }), svg("text", { x: x(tick), y: 22, "text-anchor": "middle", fill: "currentColor", text: String(tick) })]).flat(),
    cliques.map(([first, last], at) => svg("path", { d: `M${x(listed[first].rank) - 4} ${46 + 9 * at}H${x(listed[last].rank) + 4}`, stroke: ACCENT, "stroke-width": 4 })), listed.map(label).flat());
}

/** Performance profiles: for each figure, the share of a model's runs that reach it. */
function profileFigure(board, tasks, rows) {
  const { profile } = board.compared;
  if (!profile || !isWhole(board, tasks)) return null;
  const entrants = rows.filter((row) => row.entrant && profile.shares[board.models.name[row.at]]);
  if (entrants.length < 2) return null;
  const x = axisOver(profile.thresholds, 7);
  x.low = Math.min(...profile.thresholds);
  x.high = Math.max(...profile.thresholds);
  const place = (value) => ((100 * (value - x.low)) / (x.high - x.low)).toFixed(2);
  const path = (row) => "M" + profile.shares[board.models.name[row.at]].map((share, at) => `${place(profile.thresholds[at])} ${(100 - 96 * share).toFixed(2)}`).join("L");
  const named = entrants.slice(0, 8);
  const middle = Math.floor(profile.thresholds.length / 2);
  const ends = named.map((row) => 100 - 96 * profile.shares[board.models.name[row.at]].at(-1));
  const places = apart(ends);
  const view = {
    title: board.title, said: named.map((row) => `${board.models.shown[row.at]}: ${number(100 * profile.shares[board.models.name[row.at]][middle], 0)} % of runs reach ${number(profile.thresholds[middle], 2)}`).join("; "),
    up: [0, 0.25, 0.5, 0.75, 1].map((share) => [100 - 96 * share, `${100 * share} %`]), across: x.ticks.filter((tick) => tick >= x.low && tick <= x.high).map((tick) => [place(tick), x.label(tick)]),
    curves: named.map((row, at) => ({ title: board.models.shown[row.at], hue: at + 1, path: path(row), spots: "", bars: "", end: ends[at], at: places[at] })),
    rest: entrants.slice(8).map(path).join(""), others: Math.max(0, entrants.length - 8), outside: 0,
  };
  const figure = { title: "Performance profiles", kind: "over-metrics", x: board.measure, y: "share of runs at least as good" };
  return figureOf(figure.title, "For each figure on the axis, the share of a model's runs that are at least as good; further up and right is better.", panel(view, figure),
    [keepers(`profiles-${board.name}`, ["model", "threshold", "share"], () => entrants.flatMap((row) => profile.shares[board.models.name[row.at]].map((share, at) => [board.models.name[row.at], profile.thresholds[at], share])), () => panelAlone(view, figure))]);
}

const RULES = { protocol: "as published", "no-skill": "no skill", "own-mean": "the model's own mean", "worst-of-others": "worst of the others" };

/** How far ranks hang on the rule for failed cells. */
function sensitivityTable(board, tasks) {
  const { sensitivity } = board.compared;
  if (!sensitivity || !isWhole(board, tasks)) return null;
  const names = Object.keys(sensitivity.ranks.protocol).sort((one, other) => sensitivity.ranks.protocol[one] - sensitivity.ranks.protocol[other]);
  const shown = new Map(board.models.name.map((name, at) => [name, board.models.shown[at]]));
  const columns = [{ key: "model", head: "Model", kind: "name", names: true, cell: (name) => shown.get(name) },
    ...Object.entries(RULES).map(([rule, head]) => ({ key: rule, head, cell: (name) => sensitivity.ranks[rule][name] ?? ABSENT }))];
  return fold("How ranks hang on the rule for failed cells", sensitivity.moved.length ? `${count(sensitivity.moved.length, "model")} would move` : "nobody would move", () =>
    grid({ label: "Ranks by rule", caption: "Rank among all entrants, complete or not, when a failed cell counts as no skill or the model's own mean where that is lower (as published), as no skill, as the model's own mean, or as the worst score of the others.", columns, rows: names, kind: "metrics", rowClass: (name) => (sensitivity.moved.includes(name) ? "moved" : "") }));
}
