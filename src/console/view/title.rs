//! The second line: what is shown, what else there is, and how much of it.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::clean;
use crate::console::model::nav::Tab;
use crate::console::model::order::Order;
use crate::console::model::{Model, View};
use crate::console::term::clean::Clean;

/// Paints titles to the left, the filter and the counts to the right.
pub(super) fn paint(canvas: &mut Canvas<'_>, area: Rect, model: &Model, rows: usize) {
    let stale = stale(model);
    let right = match &stale {
        Some(why) => clean!["stale: ", why].middle(usize::from(area.width) / 2),
        None => right(model, rows),
    };
    let room = area.width.saturating_sub(right.width() as u16);
    let left = Rect::new(area.x, area.y, room.saturating_sub(1), area.height);
    let mut x = area.x;
    for (title, shown) in titles(model) {
        x = match (shown, area.width < 60) {
            (true, _) => canvas.own(left, x, "[", "rule"),
            (false, true) => continue,
            (false, false) => canvas.own(left, x, " ", "rule"),
        };
        x = canvas.own(left, x, title, if shown { "title" } else { "muted" });
        x = canvas.own(left, x, if shown { "]" } else { " " }, "rule");
    }
    canvas.clean(area, room, &right, if stale.is_some() { "degraded" } else { "muted" });
}

/// Why what is shown is not of now.
fn stale(model: &Model) -> Option<Clean> {
    let (_, tab) = model.nav.app()?;
    model.detail.as_ref()?.stale(tab).cloned()
}

fn titles(model: &Model) -> Vec<(&'static str, bool)> {
    match &model.nav.place().view {
        View::App(_, shown) => Tab::ALL.iter().map(|tab| (tab.title(), tab == shown)).collect(),
        view => {
            [(View::Inbox, "inbox"), (View::Apps, "applications"), (View::Clusters, "clusters")]
                .into_iter()
                .map(|(other, title)| (title, *view == other))
                .collect()
        }
    }
}

fn right(model: &Model, rows: usize) -> Clean {
    let place = model.nav.place();
    let more = if model.fleet.complete { "" } else { ">=" };
    let count = if rows == 0 && place.query.is_empty() {
        Clean::default()
    } else {
        clean![more, &Clean::number(rows as u32)]
    };
    let marked = match place.marks.len() {
        0 => Clean::default(),
        marked => clean![&Clean::number(marked as u32), " marked  "],
    };
    let trouble = match (&place.view, model.nav.follows()) {
        (View::App(_, Tab::Logs), true) if rows > 0 => "following  ",
        (View::App(_, Tab::Logs), false) => "stopped, to the end to follow  ",
        _ if place.trouble => "only trouble  ",
        _ => "",
    };
    let order = place.order.map_or("", Order::name);
    let by = if order.is_empty() { Clean::default() } else { clean!["by ", order, "  "] };
    if place.query.is_empty() {
        return clean![&marked, trouble, &by, &count];
    }
    let all = Clean::number(crate::console::update::rows::count(model) as u32);
    clean![&marked, trouble, &by, "/", &Clean::new(place.query.text()), "  ", &count, " of ", &all]
}
