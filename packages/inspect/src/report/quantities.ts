const counts = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A count with separators: 12,345. */
export function showCount(count: number): string {
  return counts.format(count);
}

/** A number in four digits: 0.2134, 1.2e-5. */
export function showNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e6 ? value.toExponential(2) : value.toPrecision(4);
}

/** A duration in its two largest units: 1 h 5 min. */
export function showDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
