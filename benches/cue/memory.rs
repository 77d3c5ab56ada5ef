//! Memory of renders, as the operating system counts it: what a live one holds, and what stays when
//! many have come and gone.

use mizzen_cue::Template;
use mizzen_cue::data::Data;

use crate::measure::{run, warm};

/// Renders that are alive at once; enough that the allocator's own steps do not show.
const LIVE: usize = 400;

/// KiB of one live render.
pub(crate) fn live_render(template: &Template, inputs: &[(&str, Data)]) -> f64 {
    warm(template, inputs);
    let before = resident();
    let kept: Vec<_> = (0..LIVE).map(|_| run(template, inputs)).collect();
    let size = (resident() - before) / kept.len() as f64;
    drop(kept);
    size
}

/// KiB that the process grows by over so many renders, after as many as settle the allocator.
pub(crate) fn growth(template: &Template, inputs: &[(&str, Data)], renders: usize) -> f64 {
    for _ in 0..renders / 10 {
        warm(template, inputs);
    }
    let before = resident();
    for _ in 0..renders {
        warm(template, inputs);
    }
    (resident() - before).max(0.0)
}

/// KiB of the process that are in memory.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("the system tells how much memory the process has")
}
