// The panel beside the map: one stop, where it is written, what is found there, and where requests come from and go to.

/** What the panel shows of a stop. */
function panelContent(stop) {
  return [
    make(
      "p",
      { class: "faint" },
      make("span", { class: `layer layer-${stop.layer}` }, COLUMN_NAMES[stop.layer]),
      ` of ${stop.area.name}`,
    ),
    ...audienceOf(stop),
    stop.state ? make("p", {}, make("span", { class: stop.state }, stop.state), stop.why ? `: ${stop.why}` : "") : null,
    stop.hosts ? make("p", {}, "Hosts: ", stop.hosts.join(", ")) : null,
    stop.at ? make("p", {}, make("code", {}, stop.at)) : null,
    stop.excerpt ? sourceLines(stop.excerpt, stop.line) : null,
    ...section("Findings", stop.findings.map(findingOf)),
    ...section(
      "Comes from",
      stop.in.map((line) => lineOf(line, line.from)),
    ),
    ...section(
      "Leads to",
      stop.out.map((line) => lineOf(line, line.to)),
    ),
  ].filter(Boolean);
}

function audienceOf(stop) {
  if (stop.audience) {
    return [make("p", {}, audienceMark(stop.audience), stop.because ? `: ${stop.because}` : "")];
  }
  const reach = AUDIENCES.filter((audience) => stop.reach & audienceBit(audience));
  if (!reach.length) return [make("p", { class: "faint" }, "Nothing here lets requests from outside come to it.")];
  return [
    make("p", {}, "Reached by ", ...reach.flatMap((audience, number) => [number ? ", " : "", audienceMark(audience)])),
  ];
}

function section(title, items) {
  return items.length ? [make("h3", {}, title), make("ul", { class: "plain" }, ...items)] : [];
}

function findingOf(finding) {
  const template = document.getElementById(`rule-${finding.rule}`);
  const item = make(
    "li",
    {},
    make("span", { class: finding.severity }, finding.severity),
    ` ${finding.message} `,
    make("code", {}, finding.at),
    finding.excerpt ? sourceLines(finding.excerpt, finding.line) : null,
  );
  if (template)
    item.append(make("details", {}, make("summary", {}, `Why: ${finding.rule}`), template.content.cloneNode(true)));
  return item;
}

function lineOf(line, end) {
  const facts = [
    (line.requests || []).join(", "),
    line.ports ? `port ${line.ports.join(", ")}` : "",
    (line.guards || []).join(", "),
    line.through ? `through ${line.through.join(", ")}` : "",
  ].filter(Boolean);
  return make(
    "li",
    {},
    make("a", { href: `#${end.id}` }, end.title),
    line.state === "resolved" ? null : " ",
    line.state === "resolved" ? null : make("span", { class: line.state }, line.state),
    line.state !== "resolved" && line.why ? `: ${line.why}` : null,
    facts.length ? make("div", { class: "faint" }, facts.join("; ")) : null,
  );
}

/** Lines of a source with their numbers, one of them marked. */
function sourceLines([first, text], marked) {
  const lines = text.split("\n");
  const indent = Math.min(...lines.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  const rows = lines.map((line, index) => {
    const number = first + index;
    const shown = line.slice(Number.isFinite(indent) ? indent : 0);
    const start = number === marked ? shown.search(/\S|$/) : shown.length;
    const mark = start < shown.length ? make("mark", {}, shown.slice(start)) : null;
    return make(
      "span",
      { class: "line" },
      make("span", { class: "number" }, String(number)),
      shown.slice(0, start),
      mark,
    );
  });
  return make("pre", { tabindex: "0" }, ...rows);
}
