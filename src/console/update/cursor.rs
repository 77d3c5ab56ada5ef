//! The cursor and the window around it: steps, folds, and where both are after rows changed.

use jiff::Timestamp;

use super::super::model::Model;
use super::super::model::nav::Tab;
use super::rows::{Row, cursor, rows};

/// Rows that stay visible beyond the cursor.
const MARGIN: usize = 2;
/// A row that came under the cursor by itself is not acted on for so long.
const FRESH_MS: i64 = 500;

/// Moves the cursor. The window jumps by half a page when the cursor reaches its edge: a window that
/// crawls rewrites every row for each step.
pub(super) fn step(model: &mut Model, by: isize) {
    let rows = rows(model);
    let Some(last) = rows.len().checked_sub(1) else { return };
    let at = cursor(model.nav.place(), &rows);
    let mut to = (at as isize).saturating_add(by).clamp(0, last as isize) as usize;
    let mut seen = rows[to].seen(to);
    // A tombstone goes when the cursor leaves it, and the rows below it move up.
    if to > at && matches!(rows[at], Row::Gone(_)) {
        to -= 1;
        seen.at = to;
    }
    let page = model.page();
    let count = rows.len();
    let place = model.nav.place_mut();
    place.selected = Some(seen.id.clone());
    place.seen = Some(seen);
    place.offset = window(place.offset, to, page, count);
}

/// To the last row; where lines are followed, to whatever comes last.
pub(super) fn bottom(model: &mut Model) {
    if matches!(model.nav.app(), Some((_, Tab::Logs))) {
        model.nav.select(None);
    } else {
        step(model, isize::MAX / 2);
    }
}

/// After every change: the cursor's row is remembered, and stays where it is on the screen as far as
/// the rows around it allow. What vanished under the cursor stays as it was.
pub(super) fn settle(model: &mut Model) {
    let rows = rows(model);
    if rows.is_empty() {
        return;
    }
    let follows = model.nav.follows();
    let at = cursor(model.nav.place(), &rows);
    let seen = (!matches!(rows[at], Row::Gone(_))).then(|| rows[at].seen(at));
    let (page, count) = (model.page(), rows.len());
    let place = model.nav.place_mut();
    let was = place.seen.as_ref().map_or(at, |seen| seen.at);
    let offset = (place.offset + at).saturating_sub(was);
    place.offset = match (count <= page, follows) {
        (true, _) => 0,
        (false, true) => count - page,
        (false, false) => window(offset, at, page, count),
    };
    if let Some(seen) = seen.filter(|_| place.selected.is_some()) {
        place.seen = Some(seen);
    }
}

/// A frame was written: a cursor that nobody moved is seen on a row from now on.
pub(super) fn painted(model: &mut Model) {
    let now = model.now;
    if model.nav.place().selected.is_some() {
        return;
    }
    let seen = {
        let rows = rows(model);
        let at = cursor(model.nav.place(), &rows);
        rows.get(at).map(|row| row.seen(at))
    };
    let place = model.nav.place_mut();
    // Before the first row nobody could have looked at another one.
    let since = match (&place.shown, &seen) {
        (Some((shown, since)), Some(seen)) if shown.id == seen.id => *since,
        (Some(_), _) => now,
        (None, _) => Timestamp::MIN,
    };
    place.shown = seen.map(|seen| (seen, since));
}

/// Before a key acts: the cursor is where the person saw it last, even if that row is gone.
pub(super) fn pin(model: &mut Model) {
    if model.nav.follows() {
        return;
    }
    let place = model.nav.place_mut();
    if let (None, Some((seen, _))) = (&place.selected, place.shown.clone()) {
        (place.selected, place.seen) = (Some(seen.id.clone()), Some(seen));
    }
}

/// Whether the row under a cursor that nobody moved is another one since so short a time that the
/// person may mean the one before.
pub(super) fn is_fresh(model: &Model) -> bool {
    let place = model.nav.place();
    let since = place.shown.as_ref().filter(|_| place.selected.is_none()).map(|(_, since)| *since);
    since.is_some_and(|since| {
        model.now.as_millisecond().saturating_sub(since.as_millisecond()) < FRESH_MS
    })
}

/// The first row of a window of `page` rows in which row `to` of `count` is visible.
#[must_use]
pub fn window(offset: usize, to: usize, page: usize, count: usize) -> usize {
    let margin = MARGIN.min(page.saturating_sub(1) / 2);
    let last = count.saturating_sub(page);
    let offset = offset.min(last);
    let above = to < offset + margin && offset > 0;
    let below = to + margin >= offset + page && offset < last;
    if !above && !below {
        return offset;
    }
    let near = offset.abs_diff(to) <= page + page / 2;
    let target = if above && near {
        (to + page / 2 + 1).saturating_sub(page).min(offset.saturating_sub(1))
    } else {
        to.saturating_sub(page / 2)
    };
    target.min(last)
}

pub(super) fn fold(model: &mut Model) {
    if model.nav.side() == Some(Tab::Yaml) {
        return super::object::fold(model);
    }
    let rows = rows(model);
    let at = cursor(model.nav.place(), &rows);
    let Some(Row::Node(node)) = rows.get(at).copied() else { return };
    let (id, depth) = (node.id.clone(), node.depth);
    let has_children =
        rows.get(at + 1).is_some_and(|row| matches!(row, Row::Node(n) if n.depth > depth));
    let parent = rows[..at].iter().rev().find_map(|row| match row {
        Row::Node(other) if other.depth < depth => Some(other.id.clone()),
        _ => None,
    });
    let place = model.nav.place_mut();
    if has_children && !place.folded.contains(&id) {
        place.folded.push(id.clone());
        model.nav.select(Some(id));
    } else if let Some(parent) = parent {
        model.nav.select(Some(parent));
    }
}

pub(super) fn unfold(model: &mut Model) {
    if model.nav.side() == Some(Tab::Yaml) {
        if !super::object::unfold(model) {
            step(model, 1);
        }
        return;
    }
    let rows = rows(model);
    let at = cursor(model.nav.place(), &rows);
    let Some(Row::Node(node)) = rows.get(at).copied() else { return };
    let id = node.id.clone();
    let place = model.nav.place_mut();
    if place.folded.contains(&id) {
        place.folded.retain(|folded| *folded != id);
    } else {
        step(model, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn the_window_rests_until_the_cursor_is_at_its_edge() {
        for (offset, to, page, count, expected) in [
            (0, 5, 20, 100, 0),
            (0, 17, 20, 100, 0),
            (0, 18, 20, 100, 8),
            (8, 9, 20, 100, 0),
            (0, 99, 20, 100, 80),
            (80, 0, 20, 100, 0),
            (0, 3, 20, 4, 0),
        ] {
            assert_eq!(window(offset, to, page, count), expected, "{offset} {to}");
        }
    }
}
