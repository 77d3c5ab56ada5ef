//! The second line: what is shown, what else there is, and how much of it.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::clean;
use crate::console::model::nav::Tab;
use crate::console::model::order::{Order, TreeOrder};
use crate::console::model::{Model, View};
use crate::console::term::clean::Clean;

/// Paints titles to the left, the filter and the counts to the right.
pub(super) fn paint(canvas: &mut Canvas<'_>, area: Rect, model: &Model, rows: usize) {
    let stale = frozen(model).or_else(|| stale(model).map(|why| clean!["stale: ", &why]));
    let right = match &stale {
        Some(why) => why.middle(usize::from(area.width) / 2),
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

/// What is shown stays as it was, and how much changed since.
fn frozen(model: &Model) -> Option<Clean> {
    let changes = model.frozen.as_ref()?.changes;
    let words = if changes == 1 { " change since" } else { " changes since" };
    Some(clean!["FROZEN, ", &Clean::number(changes), words])
}

/// Why what is shown is not of now.
fn stale(model: &Model) -> Option<Clean> {
    let (_, tab) = model.nav.app()?;
    model.detail.as_ref()?.stale(tab).cloned()
}

fn titles(model: &Model) -> Vec<(&'static str, bool)> {
    match &model.nav.place().view {
        View::App(_, shown) => Tab::ALL.iter().map(|tab| (tab.title(), tab == shown)).collect(),
        View::Journal => vec![("journal", true)],
        View::Pulse => vec![("pulse", true)],
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
    let order = match &place.view {
        View::App(_, Tab::Tree) if model.tree_order != TreeOrder::default() => {
            return clean![&marked, trouble, model.tree_order.name(), "  ", &asked(model, &count)];
        }
        View::App(_, Tab::Diff) => {
            let (left, right) = (place.question.pair.left(), place.question.pair.right());
            let (left, right) = (Clean::new(left.word()), Clean::new(right.word()));
            return clean![trouble, "- ", &left, "  + ", &right, "  ", &asked(model, &count)];
        }
        _ => place.order.map_or("", Order::name),
    };
    let by = if order.is_empty() { Clean::default() } else { clean!["by ", order, "  "] };
    clean![&marked, trouble, &by, &asked(model, &count)]
}

/// What was asked for, and how much there is of it.
fn asked(model: &Model, count: &Clean) -> Clean {
    let query = &model.nav.place().query;
    if query.is_empty() {
        return count.clone();
    }
    let all = Clean::number(crate::console::update::rows::count(model) as u32);
    clean!["/", &Clean::new(query.text()), "  ", count, " of ", &all]
}
