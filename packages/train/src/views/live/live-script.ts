/** What the live page runs: draws whatever the server says last. */
export const liveScript = `"use strict";
const $ = (id) => document.getElementById(id);
const charts = new Map();

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function chartOf(title) {
  if (!charts.has(title)) {
    const figure = element("figure", "card");
    const caption = element("figcaption");
    const legend = element("ul", "legend");
    const area = element("div", "area");
    caption.append(element("h3", "", title), legend);
    figure.append(caption, area);
    $("charts").append(figure);
    const chart = echarts.init(area, null, { renderer: "svg" });
    new ResizeObserver(() => chart.resize()).observe(area);
    charts.set(title, { chart, legend });
  }
  return charts.get(title);
}

const tooltip = {
  trigger: "axis", confine: true, transitionDuration: 0, backgroundColor: "var(--card)", borderColor: "var(--line)",
  textStyle: { color: "var(--ink)", fontSize: 12 }, axisPointer: { lineStyle: { color: "var(--muted)" } },
  valueFormatter: (value) => (typeof value === "number" ? String(Number(value.toPrecision(4))) : "–"),
};

function show({ status, failure, progress, part, figures, charts }) {
  $("status").textContent = status;
  const kinds = { running: "other", aborted: "other", failed: "failed" };
  $("status").className = "badge " + (kinds[status] ?? "");
  $("progress").textContent = progress;
  $("failure").hidden = failure === null;
  $("failure").textContent = failure ?? "";
  $("bar").hidden = part === null;
  $("bar").value = part ?? 0;
  $("tiles").replaceChildren(...figures.map(([name, value]) => {
    const tile = element("div", "card");
    tile.append(element("dt", "", name), element("dd", "", value));
    return tile;
  }));
  for (const { title, legend: names, option } of charts) {
    const { chart, legend } = chartOf(title);
    legend.replaceChildren(...names.map(({ name, colour, last }) => {
      const item = element("li");
      const mark = element("i");
      mark.style.background = colour;
      item.append(mark, name + " ");
      if (last !== null) item.append(element("b", "", last));
      return item;
    }));
    chart.setOption({ ...option, tooltip }, { replaceMerge: ["series"] });
  }
}

const source = new EventSource("/events");
source.onmessage = ({ data }) => {
  const state = JSON.parse(data);
  show(state);
  if (state.status !== "running") source.close();
};
source.onerror = () => {
  if ($("status").textContent === "running") $("status").textContent = "not heard from";
};
`;
