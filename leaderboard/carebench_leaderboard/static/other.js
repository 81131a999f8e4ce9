/* Methods, which stand in the page itself, and the log of what is not ok. */

function methodsPage(mount) {
  mount.replaceChildren(methods.cloneNode(true));
  mount.firstChild.hidden = false;
}

async function logPage(mount) {
  const log = await load("log");
  const { counts, states } = summary();
  const told = Object.entries(states).filter(([status]) => status !== "ok").map(([status, many]) => `${many} ${status}`).join(", ");
  const columns = [
    { key: "task", head: "Task", kind: "name", names: true, value: ([task]) => task, cell: ([task]) => link(task, { view: "task", task }) },
    { key: "model", head: "Model", kind: "text", value: ([, model]) => model, cell: ([task, model, seeds]) => link(model, { view: "task", task, cell: `${model}|${seeds[0]}` }) },
    { key: "seeds", head: "Seeds", kind: "text", cell: (row) => row[2].join(", ") },
    { key: "status", head: "Status", kind: "text", value: (row) => row[3], cell: (row) => statusOf(row[3]) },
    { key: "phase", head: "While", kind: "text", value: (row) => row[4], cell: (row) => row[4] },
    { key: "reason", head: "Reason", kind: "text", cell: (row) => el("span", { text: row[5] || "no reason given", title: row[5] }) },
  ];
  const holder = el("div");
  const update = () => {
    const { sort } = state();
    const rows = sortedBy(log.troubles, columns, sort);
    holder.replaceChildren(grid({ label: "Cells that are not ok", caption: `${counts.ok.toLocaleString("en-US")} of ${counts.cells.toLocaleString("en-US")} cells are ok${told ? `; ${told}` : ""}.`, columns, rows, kind: "troubles", sort, onSort: (order) => alter({ sort: order }) }),
      keepers("log", ["task", "model", "seeds", "status", "phase", "reason"], () => rows.map((row) => row.map((value) => (Array.isArray(value) ? value.join(" ") : value)))));
  };
  mount.replaceChildren(el("h2", { text: "Log" }), el("p", { class: "lede", text: "What was planned and has no score, with the reason; and what was left out in reading." }),
    log.troubles.length ? holder : el("p", { text: "Every cell is ok." }),
    ...(log.warnings.length ? [el("h3", { text: "Left out in reading" }), el("ul", {}, log.warnings.map((text) => el("li", { text })))] : []));
  update();
  return update;
}
