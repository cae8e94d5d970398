//! The table's times as a bar chart: SVG written by hand, for light and dark.

use std::fmt::Write as _;

use crate::contender::Way;
use crate::rivals::Rivals;

const WIDTH: f64 = 760.0;
/// Where bars begin, and how long the longest may be.
const LEFT: f64 = 320.0;
const LENGTH: f64 = 370.0;
const TOP: f64 = 44.0;
const ROW: f64 = 28.0;
const BAR: f64 = 16.0;

/// Draws it. The scale is logarithmic, since the longest bar would hide the
/// others; it says so, and each bar has its figure.
pub(crate) fn svg(rivals: &Rivals) -> String {
    let rows = &rivals.rows;
    let height = TOP + ROW * rows.len() as f64 + 34.0;
    let shortest = rows.iter().map(|row| row.micros).fold(f64::INFINITY, f64::min);
    let longest = rows.iter().map(|row| row.micros).fold(0.0, f64::max);
    let (first, last) = (shortest.log10().floor(), longest.log10().ceil());
    let place = |micros: f64| LEFT + LENGTH * (micros.log10() - first) / (last - first);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         aria-label=\"Time for one transaction by each way\">\n{STYLE}\n\
         <text x=\"16\" y=\"24\" class=\"title\">One transaction: decide, mask, write the \
         messages (µs)</text>\n"
    );
    let bottom = TOP + ROW * rows.len() as f64;
    for power in first as i32..=last as i32 {
        let value = 10_f64.powi(power);
        let x = place(value);
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\" class=\"grid\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" class=\"axis\">{value} µs</text>",
            bottom + 15.0,
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"16\" y=\"{:.1}\" class=\"note\">logarithmic scale; shorter is faster</text>",
        bottom + 15.0,
    );
    for (at, row) in rows.iter().enumerate() {
        let y = TOP + ROW * at as f64 + (ROW - BAR) / 2.0;
        let own = matches!(row.way, Way::TillbellFresh | Way::TillbellReused);
        let class = if own { "own" } else { "other" };
        let end = place(row.micros);
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" class=\"name\">{}</text>\
             <rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\" \
             class=\"{class}\"/><text x=\"{:.1}\" y=\"{:.1}\" class=\"figure\">{:.1}</text>",
            LEFT - 10.0,
            y + 12.5,
            row.way.name(),
            end - LEFT,
            end + 6.0,
            y + 12.5,
            row.micros,
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// Colours for both backgrounds.
const STYLE: &str = "<style>
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 15px; }
.name { text-anchor: end; }
.axis { text-anchor: middle; font-size: 11px; fill: #57606a; }
.note { font-size: 11px; fill: #57606a; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.own { fill: #0969da; }
.other { fill: #8c959f; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .axis, .note { fill: #9198a1; }
  .grid { stroke: #3d444d; }
  .own { fill: #4493f8; }
  .other { fill: #6e7681; }
}
</style>";
