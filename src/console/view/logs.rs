//! Lines of containers: which of them are read, each with its source and its time, long ones in the row
//! they began in or in as many as they take.

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::age::{age, span};
use super::canvas::Canvas;
use super::cells::{self, Cells, Column};
use super::layout::Layout;
use super::list::part;
use crate::clean;
use crate::console::model::detail::{Detail, Part};
use crate::console::model::logs::{Clock, Level, LogLine, Scope, Window};
use crate::console::model::{Model, State};
use crate::console::term::clean::Clean;
use crate::console::update::rows::Row;

/// Rows that one wrapped line takes at most.
const MOST_WRAPPED: usize = 20;

/// Paints what is read in place of headings.
pub(super) fn head(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    if let Some(detail) = &model.detail {
        canvas.clean(area, 2, &told(detail), "muted");
    }
}

/// Paints the lines from the first one on that lets the cursor's be seen.
pub(super) fn paint(
    canvas: &mut Canvas<'_>,
    layout: &Layout,
    model: &Model,
    rows: &[Row<'_>],
    at: usize,
) {
    let columns = cells::log_columns(layout.list.width, model.log_looks);
    let width = columns.last().map_or(1, |column| usize::from(column.width));
    let list = layout.list;
    let page = usize::from(list.height);
    let offset = model.nav.place().offset.min(rows.len().saturating_sub(1));
    let first = if model.log_looks.wrap { first(rows, offset, at, width, page) } else { offset };
    let mut y = list.y;
    for (index, row) in rows.iter().enumerate().skip(first) {
        if y >= list.bottom() {
            break;
        }
        let area = Rect { y, height: 1, ..list };
        cells::paint(canvas, area, &columns, model, row);
        if index == at {
            canvas.cursor(area);
        }
        y += 1;
        if model.log_looks.wrap {
            y = rest(canvas, Rect { y, height: list.bottom() - y, ..list }, &columns, row);
        }
    }
}

/// The rows of a wrapped line after the first; answers the row after them.
fn rest(canvas: &mut Canvas<'_>, area: Rect, columns: &[Column], row: &Row<'_>) -> u16 {
    let (Row::Log(line), Some(column)) = (row, columns.last()) else { return area.y };
    let pieces = line.text.wrap(usize::from(column.width), MOST_WRAPPED);
    let mut y = area.y;
    for piece in pieces.iter().skip(1).take(usize::from(area.height)) {
        canvas.clean(Rect { y, height: 1, ..area }, column.x, piece, "text");
        y += 1;
    }
    y
}

/// The first row from which on the cursor's wrapped line fits the page.
fn first(rows: &[Row<'_>], offset: usize, at: usize, width: usize, page: usize) -> usize {
    let height = |index: usize| match rows[index] {
        Row::Log(line) => line.text.wrap(width, MOST_WRAPPED).len().max(1),
        _ => 1,
    };
    let mut first = at.min(rows.len() - 1);
    let mut taken = height(first);
    while first > offset && taken + height(first - 1) <= page {
        first -= 1;
        taken += height(first);
    }
    first
}

/// Paints the first row of a line.
pub(super) fn row(cells: &mut Cells<'_, '_>, line: &LogLine, model: &Model) {
    let (mark, role) = match line.level {
        Level::Plain => (" ", "text"),
        Level::Warning => ("W", "progressing"),
        Level::Error => ("E", "degraded"),
    };
    cells.put("", &Clean::own(mark), role);
    if let Some(time) = line.time {
        cells.put("time", &clock(model, time), "muted");
    }
    if let Some(area) = cells.area("source") {
        let source = line.source.middle(usize::from(area.width));
        cells.canvas.clean(area, area.x, &source, "muted");
    }
    let Some(area) = cells.area("line") else { return };
    let pieces = if model.log_looks.wrap {
        line.text.wrap(usize::from(area.width), MOST_WRAPPED)
    } else {
        Vec::new()
    };
    let text = pieces.first().unwrap_or(&line.text);
    cells.put("line", text, if line.near { "muted" } else { "text" });
}

fn clock(model: &Model, time: Timestamp) -> Clean {
    let seconds = match model.log_looks.clock {
        Clock::Off => return Clean::default(),
        Clock::Ago => return age(model.now, Some(time)),
        Clock::Utc => time.as_second(),
        Clock::Local => time.as_second() + i64::from(model.zone.to_offset(time).seconds()),
    };
    let second = seconds.rem_euclid(86_400);
    let two = |number: i64| {
        let zero = if number < 10 { "0" } else { "" };
        clean![zero, &Clean::number(number)]
    };
    let (hours, minutes) = (two(second / 3_600), two(second / 60 % 60));
    clean![&hours, ":", &minutes, ":", &two(second % 60)]
}

/// What is read: whose lines, how far back, how many were dropped, how late they are.
fn told(detail: &Detail) -> Clean {
    let ask = &detail.log_ask;
    let whose = ask.scope.as_ref().map_or_else(|| Clean::own("whole application"), named);
    let run = if ask.previous { ", before the last restart" } else { "" };
    let window = match ask.window {
        Window::Tail if !ask.filter.is_empty() => "last lines that fit",
        window => window.word(),
    };
    let mut text = clean![&whose, ", ", window, run];
    if ask.context > 0 {
        text = clean![&text, ", with ", &Clean::number(ask.context as u32), " lines around"];
    }
    let (Part::Ready(ring) | Part::Stale(ring, _)) = &detail.logs else { return text };
    let containers = if ring.sources == 1 { " container" } else { " containers" };
    text = clean![&text, ", ", &Clean::number(ring.sources as u32), containers];
    if ring.unread > 0 {
        text = clean![&text, ", ", &Clean::number(ring.unread as u32), " more are not read"];
    }
    if ring.dropped > 0 {
        text = clean![&text, ", ", &Clean::number(ring.dropped as i64), " older lines dropped"];
    }
    match ring.behind {
        Some(seconds) => clean![&text, ", ", &span(seconds.max(0)), " behind"],
        None => text,
    }
}

fn named(scope: &Scope) -> Clean {
    if scope.kind.is_empty() {
        return clean!["cluster ", &Clean::new(&scope.cluster)];
    }
    let (kind, name) = (Clean::new(&scope.kind), Clean::new(&scope.name));
    let cluster = Clean::new(&scope.cluster);
    match &scope.container {
        Some(container) => {
            clean!["container ", &Clean::new(container), " of ", &name, " in ", &cluster]
        }
        None => clean![&kind, " ", &name, " in ", &cluster],
    }
}

/// Why there are no lines.
pub(super) fn none(detail: &Detail) -> (Clean, State) {
    let (Part::Ready(ring) | Part::Stale(ring, _)) = &detail.logs else {
        return part(&detail.logs, "");
    };
    let ask = &detail.log_ask;
    let text = match (ring.sources, ask.previous) {
        _ if ring.lines().len() > 0 => "nothing fits the filter; esc clears it",
        (0, _) => "no container of this runs; the lines of those that start come here",
        (_, true) => "no container of this was restarted",
        _ if !ask.filter.is_empty() => "nothing that fits the filter was logged yet",
        (..) => "nothing was logged yet",
    };
    (Clean::own(text), State::Healthy)
}
