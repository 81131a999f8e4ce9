/* The drawer of one cell: what it scored or why it did not, what it printed, and where it comes from. */

async function drawer() {
  const given = state();
  document.querySelector("dialog")?.remove();
  if (!given.cell || !given.task || taskBoard(given.task) < 0) return;
  const board = await openBoard(taskBoard(given.task));
  const about = board.tasks.find((task) => task.name === given.task);
  const [task, runs] = await Promise.all([load(`task-${about.shard}`), load(`runs-${about.shard}`)]);
  const { cells } = task;
  const [model, seed] = given.cell.split("|");
  const own = cells.seed.map((_, at) => at).filter((at) => board.models.name[cells.model[at]] === model);
  if (!own.length || state().cell !== given.cell) return;
  const at = own.find((each) => String(cells.seed[each]) === seed) ?? own[0];
  const close = () => { if (state().cell) location.hash = address({ cell: "" }); };
  const dialog = el("dialog", { "aria-labelledby": "cell-title", on: { close } },
    el("form", { method: "dialog" }, el("button", { class: "close", "aria-label": "Close", text: "✕" })),
    el("p", { class: "kicker", text: about.title }), el("h2", { id: "cell-title", text: board.models.shown[cells.model[at]] }),
    seedStrip(board, cells, own, at), el("div", { class: "cell" }, ...cellParts(board, about, task, runs, at)));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

/** One link a seed, the seed shown marked, those that are not ok in the colour of warnings. */
function seedStrip(board, cells, own, at) {
  return el("nav", { class: "seeds", "aria-label": "Seeds" }, own.map((each) => el("a", {
    href: address({ cell: cellName(board, cells, each) }), "aria-current": each === at ? "true" : null,
    class: decoded(cells.status, each) === "ok" ? null : "marked", text: `seed ${cells.seed[each]}`,
  })));
}

function cellParts(board, about, task, runs, at) {
  const { cells } = task;
  const status = decoded(cells.status, at);
  const [tries, plugin, output, traceback, environment] = runs.attempts[at] ?? [];
  const scores = board.metrics.filter((metric) => cells.metrics[metric.name][at] !== null).map((metric) => [`${metric.label} ${direction(metric)}`, number(cells.metrics[metric.name][at], 4)]);
  const key = cells.key[at];
  return [
    el("p", { class: "status" }, el("strong", { class: status === "ok" ? "" : "marked", text: status }), decoded(cells.phase, at) ? ` while: ${decoded(cells.phase, at)}` : "",
      decoded(cells.reason, at) ? el("span", { class: "reason", text: decoded(cells.reason, at) }) : null),
    scores.length ? el("h3", { text: "Scores of this seed" }) : null, pairs(scores),
    traceback ? [el("h3", { text: "Traceback" }), el("pre", { tabindex: 0, text: traceback })] : null,
    output ? [el("h3", { text: "What it printed last" }), el("pre", { tabindex: 0, text: output })] : null,
    el("h3", { text: "Provenance" }),
    pairs([["Cell", el("code", { text: key })], ["Answer", cells.answer[at] ? el("code", { text: cells.answer[at] }) : ""], ["Split", decoded(cells.split, at) ? el("code", { text: decoded(cells.split, at) }) : ""],
      ["Plugin", plugin], ["Tries", tries ? String(tries) : ""], ["Tuned", cells.tuned[at] ? [cells.tuned[at][0], progress(cells.tuned[at])] : ""],
      ["Took", runs.wall_s[at] === null ? "" : `${seconds(runs.wall_s[at])}, of the processor ${seconds(runs.cpu_s[at])}, at most ${number(runs.peak_mib[at])} MiB`],
      ["Environment", Object.entries(runs.environments[environment] ?? {}).map(([name, value]) => `${name} ${value}`).join(", ")],
      ["More", el("code", { text: `carebench show ${key.slice(0, 12)}` })]]),
  ].flat().filter(Boolean);
}
