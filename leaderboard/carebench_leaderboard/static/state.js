/* What is shown, as text after the # of the address: a link to it shows it again. */

const PLAIN = {
  view: "overview", board: "0", task: "", model: "", with: "", cell: "", sort: "", metric: "",
  q: "", tasks: "", cohort: "", covered: "", missing: "", interval: "", more: "",
};

function state() {
  const given = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(Object.entries(PLAIN).map(([name, plain]) => [name, given.get(name) ?? plain]));
}

/** An address that differs from what is shown by `changes`; what is as usual is left out. */
function address(changes, from = state()) {
  const next = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...from, ...changes })) {
    if (name in PLAIN && String(value) !== PLAIN[name]) next.set(name, value);
  }
  return `#${next}`;
}

/** Another view, without the filters of this one. */
function elsewhere(changes) {
  return address({ ...PLAIN, board: state().board, ...changes });
}

/** Change what is shown in place: a step back leads out of the view, not through every letter typed. */
function alter(changes) {
  history.replaceState(null, "", address(changes));
  redraw();
}

function link(text, changes, given = {}) {
  return el("a", { href: elsewhere(changes), text, ...given });
}

/** Boards are named in addresses, so that a link outlives a suite that gains one. */
function boardNumber() {
  const { board } = state();
  const named = summary().boards.findIndex((each) => each.name === board);
  return named >= 0 ? named : 0;
}
