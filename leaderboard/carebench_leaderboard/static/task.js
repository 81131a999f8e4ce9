/* The page of one task: its card, everybody's metrics with intervals, subgroups, seeds and what went wrong. */

const FAILURES = new Set(["failed", "invalid", "timeout", "oom", "crashed"]);
const DESIGNS = {
  folds: "repeated cross-validation: a seed is one fold",
  fixed: "one fixed test set for all seeds",
  "all-rows": "nothing is trained, every row is tested",
};

async function taskPage(mount) {
  const given = state();
  const number = taskBoard(given.task);
  if (number < 0) return nothing(mount, `There is no task ${given.task} on this board.`);
  const board = await openBoard(number);
  const at = board.tasks.findIndex((task) => task.name === given.task);
  const about = board.tasks[at];
  const task = await load(`task-${about.shard}`);
  const holder = el("div");
  fillWith(mount,
    el("p", { class: "trail" }, link(board.title, { board: board.name }), " / task"),
    el("h2", { text: about.title }), flags(about), el("p", { class: "card", text: unwrapped(task.card) || "This task has no data card." }), facts(board, about, task), holder, calibrationFigure(board, about, task), decisionFigure(board, about, task), worstFigure(board, about, task),
    ...task.groups.map((group) => groupTable(board, about, group)), ownFigures(board, about, task), tuning(board, about, task), seedsOf(board, about, task));
  const update = () => holder.replaceChildren(scoresOf(board, at, task));
  update();
  return update;
}

function taskBoard(name) {
  return summary().boards.findIndex((board) => board.tasks.some((task) => task.name === name));
}

/** A card without the line breaks of its source; blank lines and indented ones, such as equations, stay. */
function unwrapped(text) {
  return text.replace(/(\S)\n(?=\S)/g, "$1 ");
}

function nothing(mount, text) {
  mount.replaceChildren(el("p", { class: "notice", text }), el("p", {}, link("To the overview", {})));
}

function flags(about) {
  return about.flags.length ? el("p", {}, about.flags.map((flag) => el("span", { class: "flag", text: flag }))) : null;
}

function facts(board, about, task) {
  const drawn = about.units === "batches" && task.design === "folds" ? "batches are drawn anew for every seed" : DESIGNS[task.design];
  const design = about.replicated ? "each seed is a replication, a data set of its own" : drawn;
  const known = [["Task", `${about.name}, version ${task.version}`], ["Cohort", about.cohort],
    ["Series", about.series ? `${about.series}, level ${about.level}` : ""], ["Design", `${design}${about.headline ? "" : "; outside the mean and the ranks"}`],
    ["Tested", about.tested], ...task.facts.filter(([name]) => !name.startsWith("treat_all_")).map(([name, value]) => [name.replaceAll("_", " "), value]), ...power(board, about), ["Source", task.source], ["Citation", task.citation]];
  return pairs(known);
}

/** What difference the task can tell, and whether more seeds would help. */
function power(board, about) {
  const found = board.compared.power[about.name];
  if (!found || found.detectable === null) return [];
  const advice = found.advice === "more seeds pay" ? `; more seeds pay, up to ${found.seeds_wanted}` : found.advice === "seeds suffice" ? "; more seeds would not help, more patients would" : "";
  return [["Detectable", `a difference of ${number(found.detectable)} ${board.primary.label} to the leader in four boards of five${advice}`]];
}

const MOST_CALIBRATED = 5, MOST_COMPARED = 2;

/** Calibration: frequency against mean risk of tenths of patients, and below it whom the first model gave which risk. */
function calibrationFigure(board, about, task) {
  const tenths = task.curves["risk tenth"], bands = task.curves["risk band"];
  const drawn = Object.keys(tenths).map(Number).map((at) => [at, tenths[at].filter((each) => typeof each.mean_risk === "number" && typeof each.frequency === "number").map((each) => [each.mean_risk, each.frequency])])
    .filter(([, dots]) => dots.length > 1).slice(0, MOST_CALIBRATED);
  if (!drawn.length) return null;
  const high = Math.min(1, Math.max(...drawn.flatMap(([, dots]) => dots.flat())) * 1.06);
  const x = (value) => ((100 * value) / high).toFixed(2), y = (value) => (100 - (100 * value) / high).toFixed(2);
  const ticks = axisOver([0, high], 5).ticks.filter((tick) => tick >= 0 && tick <= high);
  const ends = drawn.map(([, dots]) => 100 - (100 * dots.at(-1)[1]) / high);
  const places = apart(ends);
  const view = {
    title: about.title, up: ticks.map((tick) => [y(tick), number(tick, 2)]), across: ticks.map((tick) => [x(tick), number(tick, 2)]), rest: "M0 100L100 0", others: 0,
    said: drawn.map(([at, dots]) => `${board.models.shown[at]}: of the highest tenth, risk ${number(dots.at(-1)[0])}, frequency ${number(dots.at(-1)[1])}`).join("; "),
    curves: drawn.map(([at, dots], place) => ({ title: board.models.shown[at], hue: place + 1, path: `M${dots.map(([wide, tall]) => `${x(wide)} ${y(tall)}`).join("L")}`, spots: dots.map(([wide, tall]) => `M${x(wide)} ${y(tall)}h0`).join(""), bars: "", end: ends[place], at: places[place] })),
  };
  const figure = { title: "Calibration", kind: "over-metrics", x: "mean predicted risk of a tenth of the patients", y: "frequency of the event" };
  const [first] = drawn[0];
  return figureOf(figure.title, "Tenths of the patients by predicted risk, for the first models of the board. On the grey diagonal, risk is frequency; below it, risks are too high.", panel(view, figure), [
    bands[first] ? histogram(board, first, bands[first]) : null,
    keepers(`calibration-${about.name}`, ["model", "mean_risk", "frequency"], () => drawn.flatMap(([at, dots]) => dots.map((dot) => [board.models.name[at], ...dot])), () => panelAlone(view, figure))]);
}

/** Decision curves: net benefit over thresholds, beside treating everybody and treating nobody. */
function decisionFigure(board, about, task) {
  const at = board.metrics.map(({ name }) => /^net_benefit_(\d+)$/.exec(name)?.[1]).filter(Boolean).sort((one, other) => one - other);
  const whole = (place) => at.every((point) => task.values[`net_benefit_${point}`][place] !== null);
  const shown = board.models.name.map((_, place) => place).filter(whole);
  const drawn = [...shown.filter((place) => isEntrant(board, place)).slice(0, MOST_CALIBRATED), ...shown.filter((place) => board.models.role[place] === "comparator").slice(0, MOST_COMPARED)];
  if (at.length < 2 || !drawn.length) return null;
  const everybody = at.map((point) => task.treat_all[point]).filter((value) => value !== undefined);
  const lines = [...drawn.map((place) => [board.models.shown[place], at.map((point) => task.values[`net_benefit_${point}`][place])]),
    ["Treat nobody", at.map(() => 0)], ...(everybody.length === at.length ? [["Treat everybody", everybody]] : [])];
  const low = Math.min(...drawn.flatMap((_, order) => lines[order][1]), 0), y = axisOver([low, ...lines.slice(0, drawn.length).flatMap(([, values]) => values)], 6);
  const first = Number(at[0]), last = Number(at.at(-1));
  const x = (point) => ((100 * (Number(point) - first)) / (last - first)).toFixed(2);
  const tall = (value) => (100 - (100 * (value - y.low)) / (y.high - y.low)).toFixed(2);
  const ends = lines.map(([, values]) => Math.min(100, Math.max(0, Number(tall(values.at(-1))))));
  const places = apart(ends);
  const view = {
    title: about.title, up: y.ticks.map((tick) => [tall(tick), y.label(tick)]), across: at.map((point) => [x(point), `${Number(point)} %`]), rest: "", others: 0,
    said: lines.map(([title, values]) => `${title}: ${number(values[0])} at ${Number(at[0])} %`).join("; "),
    curves: lines.map(([title, values], order) => ({ title, hue: order < drawn.length ? order + 1 : 0, path: `M${values.map((value, place) => `${x(at[place])} ${tall(value)}`).join("L")}`, spots: "", bars: "", end: ends[order], at: places[order] })),
  };
  const figure = { title: "Decision curves", kind: "over-metrics", x: "risk from which one would treat", y: "net benefit" };
  return figureOf(figure.title, "Net benefit of treating those above a threshold of risk, for the first models of the board and published scores that give risks; worth having only above both dashed lines.", panel(view, figure),
    [keepers(`decisions-${about.name}`, ["model", "threshold", "net_benefit"], () => lines.flatMap(([title, values]) => values.map((value, place) => [title, Number(at[place]), value])), () => panelAlone(view, figure))]);
}

/** Shares of those with the event, upwards, and of those without, downwards, by band of risk. */
function histogram(board, at, bands) {
  const most = Math.max(...bands.flatMap((each) => [each.of_events ?? 0, each.of_non_events ?? 0])) || 1;
  const bar = (share, place, up) => svg("rect", { x: 10 * place + 0.6, width: 8.8, y: up ? 50 - (48 * share) / most : 50, height: (48 * share) / most, class: up ? "with-event" : "without-event" });
  const title = board.models.shown[at];
  const said = bands.map((each, place) => `risk ${place / 10} to ${(place + 1) / 10}: ${number(100 * (each.of_events ?? 0), 0)} % of events, ${number(100 * (each.of_non_events ?? 0), 0)} % of the others`).join("; ");
  return el("div", { class: "histogram" },
    svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": `Distribution of risk, ${title}` }, svg("desc", { text: said }),
      bands.map((each, place) => [bar(each.of_events ?? 0, place, true), bar(each.of_non_events ?? 0, place, false)]).flat()),
    el("p", { class: "scale", "aria-hidden": "true" }, ["0.00", "0.50", "1.00"].map((text) => el("span", { text }))),
    el("p", { class: "quiet", text: `Risks that ${title} gave, in bands from 0 to 1: above the line patients with the event, below it those without, each adding up to all of them. The scale is not that of the figure above.` }));
}

/** The worst group against the average. */
function worstFigure(board, about, task) {
  const at = board.tasks.indexOf(about), entrants = board.models.name.map((_, place) => place).filter((place) => isEntrant(board, place));
  const dots = entrants.filter((place) => task.worst[place] && board.score[at][place] !== null)
    .map((place, order) => [board.score[at][place], task.worst[place][2], board.models.shown[place], order < 8 ? order + 1 : 0]);
  if (dots.length < 2) return null;
  const figure = { title: "Worst group against average", kind: "scatter", x: `${board.primary.label} over everybody`, y: `${board.primary.label} in the worst group` };
  const view = scatterView(about.title, dots);
  return figureOf(figure.title, "The worst group is the one seen to be worst: with many small groups it would look bad by chance alone.", panel(view, figure),
    [keepers(`worst-${about.name}`, ["model", "average", "worst"], () => dots.map(([average, worst, title]) => [title, average, worst]), () => panelAlone(view, figure))]);
}

function pairs(known) {
  return el("dl", { class: "facts" }, known.filter(([, value]) => value).map(([name, value]) => [el("dt", { text: name }), el("dd", {}, ...[value].flat())]).flat());
}

function scoresOf(board, at, task) {
  const { models, metrics, primary } = board;
  const about = board.tasks[at];
  const listed = models.name.map((_, place) => ({ at: place, entrant: isEntrant(board, place), shown: board.score[at][place], low: board.low[at][place], high: board.high[at][place] }));
  const axis = axisOver(fenced(listed.map((row) => row.shown)).concat(listed.length < 60 ? listed.filter((row) => row.entrant).flatMap((row) => fenced([row.low, row.high])) : []));
  const { fits, method } = task;
  const worst = task.worst.some(Boolean);
  const common = commonNotes(task);
  const own = (row) => [...(models.inputs[row.at] === "series" ? ["reads the measurements over time"] : []), ...(task.notes[row.at] ?? []).filter((note) => !common.includes(note))].join("; ");
  const columns = [
    { key: "model", head: "Model", kind: "name", names: true, value: (row) => models.shown[row.at].toLowerCase(), cell: (row) => [link(models.shown[row.at], { view: "model", board: board.name, model: models.name[row.at] }), own(row) ? el("small", { text: own(row), title: own(row) }) : null] },
    { key: "primary", head: [`${primary.label} `, direction(primary)], kind: "score", about: primary.summary, value: (row) => row.shown, cell: (row) => number(row.shown), title: (row) => task.undefined[row.at]?.[primary.name] },
    { key: "plot", head: ticksOf(axis), kind: "plots", cell: (row) => el("div", { class: "plot" }, strip(axis, { at: row.shown, low: row.low, high: row.high, said: `${models.shown[row.at]}: ${number(row.shown)} ${bounds(row.low, row.high)}` })) },
    { key: "fits", head: ["95 %", el("small", { text: about.replicated ? "over replications" : "these fits" })], kind: "interval", cell: (row) => bounds(fits.low[row.at], fits.high[row.at]) || ABSENT, title: (row) => decoded(fits.reason, row.at) },
    ...(about.replicated ? [] : [{ key: "method", head: ["95 %", el("small", { text: "method level" })], kind: "interval", cell: (row) => bounds(method.low[row.at], method.high[row.at]) || ABSENT, title: (row) => decoded(method.reason, row.at) }]),
    ...(worst ? [{ key: "worst", head: "Worst group", kind: "worst", value: (row) => task.worst[row.at]?.[2], cell: (row) => worstOf(task.worst[row.at]) }] : []),
    ...metrics.slice(1).map((metric) => ({ key: metric.name, head: [`${metric.label} `, direction(metric)], about: metric.summary, value: (row) => task.values[metric.name][row.at], cell: (row) => [number(task.values[metric.name][row.at]), rateOf(task, row.at, metric.name), errorOf(task, row.at, metric.name)], title: (row) => task.undefined[row.at]?.[metric.name] ?? (task.rates[row.at]?.[metric.name] ? `95 % (Wilson): ${task.rates[row.at][metric.name][0]}` : "") })),
    { key: "cells", head: "Cells ok", value: (row) => board.ok[at][row.at], cell: (row) => cellsLink(board, at, row) },
  ];
  const { sort } = state();
  const rows = sort ? sortedBy(listed, columns, sort) : listed;
  const names = ["model", "role", ...metrics.map((metric) => metric.name), "fits_low", "fits_high", "method_low", "method_high", "ok", "planned"];
  const plain = () => rows.map((row) => [models.name[row.at], models.role[row.at], ...metrics.map((metric) => task.values[metric.name][row.at]), fits.low[row.at], fits.high[row.at], method.low[row.at], method.high[row.at], board.ok[at][row.at], board.planned[at][row.at]]);
  const drawn = () => forestAlone(about.title, primary.label, rows.slice(0, 60).map((row) => ({ ...row, title: models.shown[row.at] })), axis);
  const caption = `All metrics, over ${about.replicated ? "replications" : "seeds"}, in the order of the board. ${about.replicated ? "Intervals are from a bootstrap over replications; below a mean stands its standard error, below a rate Wilson's 95 % interval." : `Given the fits, only ${about.units} vary; at method level, training sets or refits vary too.`}`;
  return el("section", {}, el("h3", { text: "Scores" }), common.map((note) => el("p", { class: "quiet", text: `Of every model: ${note}.` })),
    grid({ label: `All metrics of ${about.title}`, caption, columns, rows, kind: "metrics", sort, onSort: (order) => alter({ sort: order }), rowClass: (row) => (row.entrant ? "" : "reference") }),
    keepers(about.name, names, plain, drawn));
}

/** Remarks that the scorer makes of every model with a score, so that they are said once. */
function commonNotes(task) {
  const listed = Object.values(task.notes);
  return listed.length > 1 ? listed[0].filter((note) => listed.every((each) => each.includes(note))) : [];
}

/** Values without what lies far out, so that one model that went astray does not flatten the others. */
function fenced(values) {
  const known = values.filter((value) => value !== null).sort((one, other) => one - other);
  const at = (share) => known[Math.floor(share * (known.length - 1))];
  const reach = 3 * (at(0.75) - at(0.25));
  return reach > 0 ? known.filter((value) => value >= at(0.25) - reach && value <= at(0.75) + reach) : known;
}

function worstOf(found) {
  return found ? [number(found[2]), el("small", { text: `${found[0]} ${found[1]}, gap ${number(found[3])}` })] : ABSENT;
}

/** What goes with a rate: over few replications how many they are, over more its interval by Wilson. */
function rateOf(task, at, metric) {
  const [limits, of] = task.rates[at]?.[metric] ?? [];
  return of || limits ? el("small", { text: of || limits }) : null;
}

/** The standard error of a mean over replications; a rate has an interval instead. */
function errorOf(task, at, metric) {
  const error = task.errors[at]?.[metric];
  return error === undefined || task.rates[at]?.[metric] ? null : el("small", { text: `SE ${number(error)}` });
}

function cellsLink(board, at, row) {
  const href = address({ cell: board.models.name[row.at] });
  return el("a", { href, "aria-label": `Cells of ${board.models.shown[row.at]}`, class: board.ok[at][row.at] < board.planned[at][row.at] ? "marked" : null, text: board.planned[at][row.at] ? `${board.ok[at][row.at]}/${board.planned[at][row.at]}` : "none" });
}

function groupTable(board, about, group) {
  const labels = Object.fromEntries(board.metrics.map((metric) => [metric.name, metric.label]));
  const columns = [{ key: "model", head: "Model", kind: "name", names: true, cell: ([at]) => board.models.shown[at] }];
  let place = 0;
  const title = (level) => (Number.isFinite(Number(level)) ? `${group.attribute} ${level}` : level);
  for (const [level, said, names] of group.levels) {
    for (const name of names) {
      const own = place++;
      columns.push({ key: `${own}`, head: [title(level), el("small", { text: `${labels[name] ?? name}${said ? `; ${said}` : ""}` })], cell: ([, texts]) => texts[own] });
    }
  }
  const held = group.levels.filter(([, , names]) => !names.length).map(([level, said]) => `${title(level)} (${said})`);
  if (group.rows.some((row) => row[2])) columns.push({ key: "worst", head: "Worst, gap", cell: (row) => row[2] || ABSENT });
  if (columns.length === 1) return fold(`By ${group.attribute}`, count(group.levels.length, "group"), () => el("p", { class: "quiet", text: "Every figure is held back: no group has enough patients with the event and without it." }));
  return fold(`By ${group.attribute}`, count(group.levels.length, "group"), () => grid({
    label: `${about.title} by ${group.attribute}`, columns, rows: group.rows, kind: "metrics",
    caption: `By ${group.attribute}, over seeds. A figure that is held back for want of patients in any seed reads ${ABSENT}.${held.length ? ` Held back for every model: ${held.join("; ")}.` : ""}`,
  }));
}

function ownFigures(board, about, task) {
  const names = Object.keys(task.own);
  if (!names.length) return null;
  const columns = [{ key: "model", head: "Model", kind: "name", names: true, cell: (at) => board.models.shown[at] },
    ...names.map((name) => ({ key: name, head: name.replaceAll("_", " "), cell: (at) => number(task.own[name][at]) }))];
  const rows = board.models.name.map((_, at) => at).filter((at) => names.some((name) => task.own[name][at] !== null));
  return fold("What else is known of each model's answers", count(names.length, "figure"), () => grid({
    label: `Further figures of ${about.title}`, caption: "Means over seeds or replications. They are not ranked.", columns, rows, kind: "metrics",
  }));
}

/** Every cell of the task, model by model: the seeds side by side, and what is not ok with its reason. */
function seedsOf(board, about, task) {
  const { cells } = task;
  const places = cells.seed.map((_, at) => at).filter((at) => cells.model[at] >= 0);
  const poor = places.filter((at) => decoded(cells.status, at) !== "ok");
  const cell = (at) => el("a", { href: address({ cell: cellName(board, cells, at) }), text: `seed ${cells.seed[at]}` });
  const columns = [{ key: "model", head: "Model", kind: "name", names: true, cell: (at) => board.models.shown[cells.model[at]] },
    { key: "seed", head: "Seed", cell }, { key: "status", head: "Status", kind: "text", cell: (at) => statusOf(decoded(cells.status, at)) },
    { key: "phase", head: "While", kind: "text", cell: (at) => decoded(cells.phase, at) }, { key: "reason", head: "Reason", kind: "text", cell: (at) => decoded(cells.reason, at) || "no reason given" }];
  return el("section", {}, el("h3", { text: "Cells that are not ok" }),
    poor.length ? grid({ label: `Cells of ${about.title} that are not ok`, caption: `${count(poor.length, "cell")} of ${places.length}.`, columns, rows: poor, kind: "troubles" })
      : el("p", { text: `Every one of ${count(places.length, "cell")} is ok. A cell opens from the numbers under "Cells ok".` }));
}

/** A status, in the colour of warnings where it is the model's own failure. */
function statusOf(status) {
  return el("span", { class: FAILURES.has(status) ? "marked" : "quiet", text: status });
}

function cellName(board, cells, at) {
  return `${board.models.name[cells.model[at]]}|${cells.seed[at]}`;
}

/** What tuning found, cell by cell. */
function tuning(board, about, task) {
  const { cells } = task;
  const tuned = Object.keys(cells.tuned).map(Number).filter((at) => cells.model[at] >= 0);
  if (!tuned.length) return null;
  const columns = [{ key: "model", head: "Model", kind: "name", names: true, cell: (at) => board.models.shown[cells.model[at]] },
    { key: "seed", head: "Seed", cell: (at) => cells.seed[at] }, { key: "trials", head: "Trials", cell: (at) => cells.tuned[at][3] }, { key: "failed", head: "Not ok", cell: (at) => cells.tuned[at][4] },
    { key: "first", head: "Defaults", cell: (at) => number(cells.tuned[at][1], 4) }, { key: "best", head: "Best", cell: (at) => number(cells.tuned[at][2], 4) },
    { key: "path", head: "Best so far", kind: "text", cell: (at) => progress(cells.tuned[at]) }, { key: "settings", head: "Answers with", kind: "text", cell: (at) => cells.tuned[at][0] }];
  const caption = "Values are the objective on inner splits of the training patients, larger being better; no test patient is in them. The first trial is always the model as it stands.";
  return fold(`What tuning found in ${count(tuned.length, "cell")}`, "", () => grid({ label: "Tuning", caption, columns, rows: tuned, kind: "metrics" }));
}

function progress([, first, best, trials, , path]) {
  const said = `Best value so far over ${count(trials, "trial")}: from ${number(first, 4)} to ${number(best, 4)}`;
  return path ? svg("svg", { class: "history", viewBox: "0 0 100 20", preserveAspectRatio: "none", role: "img", "aria-label": said }, svg("path", { d: path })) : ABSENT;
}
