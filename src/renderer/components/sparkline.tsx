/** The last minute of traffic, drawn by a library made for live series. */
import { useEffect, useRef, type ReactElement } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { samplesKept, smoothed, type Traffic } from '../model/traffic.js';
import { useThemeName } from '../theme.js';

interface SparklineProps {
  traffic: Traffic;
  width: number;
  height: number;
}

const seconds = Array.from({ length: samplesKept }, (_, index) => index);
/** Below this the line is flat: a keepalive is not traffic. In bytes a second. */
const leastPeak = 2000;

/** Down as a filled line, up as a thin one. Decoration: the rates stand beside it as text. */
export function Sparkline({ traffic, width, height }: SparklineProps): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  const theme = useThemeName();

  useEffect(() => {
    if (place.current === null) return;
    const plot = new UPlot(options(width, height, place.current), [seconds, [], []], place.current);
    chart.current = plot;
    return () => {
      plot.destroy();
      chart.current = null;
    };
  }, [width, height, theme]);

  useEffect(() => {
    chart.current?.setData([seconds, smoothed(traffic.down), smoothed(traffic.up)]);
  }, [traffic, width, height, theme]);

  return <div ref={place} className="sparkline" aria-hidden="true" />;
}

function options(width: number, height: number, place: HTMLElement): UPlot.Options {
  const style = getComputedStyle(place);
  const accent = style.getPropertyValue('--accent');
  return {
    width,
    height,
    padding: [2, 0, 2, 0],
    legend: { show: false },
    cursor: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(max, leastPeak) * 1.05] } },
    series: [
      {},
      { stroke: accent, fill: `${accent}30`, width: 1.5, points: { show: false } },
      { stroke: style.getPropertyValue('--control-line'), width: 1, points: { show: false } },
    ],
  };
}
