//! The palette: a prompt, and under it what fits, with the key that does the same.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::layout::Layout;
use crate::clean;
use crate::console::model::picker::{Choice, Entry, Picker};
use crate::console::term::clean::Clean;

/// Columns of the key at the right edge.
const KEY: u16 = 10;

/// Paints it.
pub(super) fn paint(canvas: &mut Canvas<'_>, layout: &Layout, picker: &Picker) {
    let body = layout.body();
    prompt(canvas, Rect { height: 1, ..body }, picker);
    let list = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
    if picker.found.is_empty() {
        let text = match picker.choice {
            _ if picker.reading => "reading",
            Choice::Anything => "no command, application, cluster or kind is called so",
            Choice::Order => "no order is called so",
            Choice::Gate => "no gate is called so",
            Choice::Tree => "no order is called so",
            Choice::Bookmark => "no bookmark is called so",
            Choice::Shell | Choice::Logs => "no container is called so",
        };
        canvas.clean(list, 2, &Clean::own(text), if picker.reading { "muted" } else { "degraded" });
        return;
    }
    let rows = usize::from(list.height).max(1);
    let offset = (picker.at / rows) * rows;
    for (line, entry) in picker.found.iter().skip(offset).take(rows).enumerate() {
        let area = Rect { y: list.y + line as u16, height: 1, ..list };
        row(canvas, area, entry, picker.choice);
        if offset + line == picker.at {
            canvas.cursor(area);
        }
    }
}

fn prompt(canvas: &mut Canvas<'_>, area: Rect, picker: &Picker) {
    let count = clean![&Clean::number(picker.count as u32), " found"];
    let right = area.right().saturating_sub(count.width() as u16);
    let left = Rect { width: right.saturating_sub(1), ..area };
    let word = match picker.choice {
        Choice::Anything => ":",
        Choice::Order => "order by: ",
        Choice::Gate => "approve which gate: ",
        Choice::Tree => "tree: ",
        Choice::Bookmark => "bookmarks: ",
        Choice::Shell => "shell in: ",
        Choice::Logs => "logs of: ",
    };
    let x = canvas.own(left, 0, word, "key");
    let text = Clean::new(&picker.text).end(usize::from(left.width.saturating_sub(x + 2)));
    let x = canvas.clean(left, x, &text, "title");
    canvas.own(left, x, "_", "cursor");
    canvas.clean(area, right, &count, "muted");
}

fn row(canvas: &mut Canvas<'_>, area: Rect, entry: &Entry, choice: Choice) {
    let name = match choice {
        // Names of pods are long.
        Choice::Shell | Choice::Logs => area.width / 2,
        _ => (area.width / 3).clamp(16, 48),
    };
    let role = if entry.unless.is_some() { "muted" } else { "text" };
    let cell = Rect { x: 2, width: name, ..area };
    canvas.clean(cell, 2, &entry.name.middle(usize::from(name)), role);
    let key = match entry.key.is_empty() {
        true => area.right(),
        false => area.right().saturating_sub(KEY),
    };
    let rest = Rect { x: 3 + name, width: key.saturating_sub(name + 4), ..area };
    let help = match (&entry.unless, entry.what) {
        (Some(why), _) => clean!["not now: ", why],
        (None, "") => entry.help.clone(),
        (None, what) => clean![what, ": ", &entry.help],
    };
    canvas.clean(rest, rest.x, &help, "muted");
    canvas.clean(area, key, &entry.key, "key");
}
