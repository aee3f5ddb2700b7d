// The parts of ECharts that the pages use: SVG alone, no canvas, no legend (legends are HTML), no toolbox.
import { use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";

use([
  SVGRenderer, BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart, AriaComponent, DataZoomComponent,
  GridComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, TooltipComponent, VisualMapComponent,
]);

export { init } from "echarts/core";
