//! How everything is, in numbers: the whole fleet and each cluster, what is in which state, and how many
//! needed someone in the last half hour. Blocks, never Braille; digits where glyphs are ASCII.

use super::cells::{Cells, Spec};
use crate::clean;
use crate::console::model::fleet::Cluster;
use crate::console::model::pulse::states;
use crate::console::model::{Model, State};
use crate::console::term::clean::Clean;

/// The columns.
pub(super) const COLUMNS: &[Spec] = &[
    ("", 1, 0, 0),
    ("cluster", 9, 2, 0),
    ("apps", 5, 0, 0),
    ("by state", 20, 3, 0),
    ("in trouble, last 30 min", 24, 1, 60),
    ("delay", 6, 0, 60),
];

/// Heights of a bar, from nothing to the most.
const BARS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const DIGITS: [&str; 9] = [".", "1", "2", "3", "4", "5", "6", "7", "8"];

/// Paints a cluster, or everything.
pub(super) fn row(cells: &mut Cells<'_, '_>, cluster: Option<&Cluster>, model: &Model) {
    let states = states(&model.fleet, cluster);
    let worst = states.keys().find(|state| state.needs_someone()).copied();
    let own = cluster.map_or(State::Healthy, Cluster::state);
    let state = if own.needs_someone() { own } else { worst.unwrap_or(own) };
    if let Some(area) = cells.area("") {
        cells.canvas.glyph(area, area.x, state);
    }
    let name = cluster.map_or(Clean::own("everything"), |cluster| Clean::new(&cluster.name));
    cells.put("cluster", &name, if cluster.is_some() { "text" } else { "title" });
    cells.put("apps", &Clean::number(states.values().sum::<u32>()), "text");
    if let Some(area) = cells.area("by state") {
        let mut x = area.x;
        for (state, count) in &states {
            let text = clean![state.glyph(cells.canvas.ascii), &Clean::number(*count), " "];
            x = cells.canvas.clean(area, x, &text, state.role());
        }
    }
    if let Some(area) = cells.area("in trouble, last 30 min") {
        let bars = if cells.canvas.ascii { &DIGITS } else { &BARS };
        let mut x = area.x;
        for height in model.pulse.heights(cluster, usize::from(area.width), BARS.len() - 1) {
            x = cells.canvas.own(area, x, bars[height.min(BARS.len() - 1)], "degraded");
        }
    }
    if let Some(delay) = cluster.and_then(|cluster| cluster.delay) {
        cells.put("delay", &clean![&Clean::number(delay), "ms"], "muted");
    }
}
