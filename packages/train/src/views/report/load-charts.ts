import { ValueError } from "@tapegrad/tensor";

/** Draws a chart, as ECharts describes it, as an SVG document. */
export type DrawChart = (option: object, width: number, height: number) => string;

/** ECharts, as far as curves need it. @throws ValueError naming the caller if it is not installed. */
export async function loadCharts(caller: string): Promise<DrawChart> {
  const [{ init, use }, { LineChart }, { GridComponent }, { SVGRenderer }] = await Promise.all([
    import("echarts/core"),
    import("echarts/charts"),
    import("echarts/components"),
    import("echarts/renderers"),
  ]).catch((cause: unknown) => {
    throw new ValueError(`${caller}: charts need ECharts, which is not here: npm install echarts`, { cause });
  });
  use([LineChart, GridComponent, SVGRenderer]);
  return (option, width, height) => {
    const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
    try {
      chart.setOption({ ...option });
      return chart.renderToSVGString();
    } finally {
      chart.dispose();
    }
  };
}
