//! The comparison on screen: its lines, beside each other or below, hunk by hunk, and as a file.

use super::super::model::Model;
use super::super::model::detail::{DiffKind, DiffLine, Part};
use super::Effect;
use super::rows::{Row, cursor, rows as shown};
use crate::console::term::clean::Clean;

/// Two sides beside each other need so many columns.
pub const SPLIT_FROM: u16 = 120;

/// The lines as rows: one by one, or what was removed beside what came for it.
pub(super) fn rows<'a>(model: &Model, lines: &'a [DiffLine]) -> Vec<Row<'a>> {
    let folded = &model.nav.place().folded;
    let mut rows = Vec::new();
    for part in lines.chunk_by(|_, next| next.kind != DiffKind::Head) {
        let hidden = part.first().is_some_and(|head| is_folded(folded, head));
        let part = if hidden { &part[..1] } else { part };
        match is_split(model) {
            true => pairs(part, &mut rows),
            false => rows.extend(part.iter().map(Row::Diff)),
        }
    }
    rows
}

/// Whether what stands under a heading is hidden.
#[must_use]
pub fn is_folded(folded: &[String], head: &DiffLine) -> bool {
    head.kind == DiffKind::Head && folded.iter().any(|id| id == head.text.as_str())
}

fn pairs<'a>(lines: &'a [DiffLine], rows: &mut Vec<Row<'a>>) {
    let mut at = 0;
    while at < lines.len() {
        let run = |from: usize, kind: DiffKind| {
            lines[from..].iter().take_while(|line| line.kind == kind).count()
        };
        let removed = run(at, DiffKind::Remove);
        let added = run(at + removed, DiffKind::Add);
        match (removed + added, lines[at].kind) {
            (0, DiffKind::Head) => rows.push(Row::Diff(&lines[at])),
            (0, _) => rows.push(Row::Pair(Some(&lines[at]), Some(&lines[at]))),
            (_, _) => {
                let (left, right) = lines[at..at + removed + added].split_at(removed);
                let pair = |n: usize| Row::Pair(left.get(n), right.get(n));
                rows.extend((0..removed.max(added)).map(pair));
            }
        }
        at += (removed + added).max(1);
    }
}

/// Hides what stands under the heading of the line under the cursor, or shows it again.
pub(super) fn fold(model: &mut Model) {
    let found = {
        let rows = shown(model);
        let at = cursor(model.nav.place(), &rows);
        let is_head = |row: &Row<'_>| match row {
            Row::Diff(line) if line.kind == DiffKind::Head => Some(line.text.to_string()),
            _ => None,
        };
        let above = rows.iter().enumerate().take(at + 1).rev();
        above.filter_map(|(at, row)| Some((at, is_head(row)?))).next()
    };
    let Some((at, head)) = found else { return };
    let folded = &mut model.nav.place_mut().folded;
    match folded.iter().position(|id| *id == head) {
        Some(known) => drop(folded.remove(known)),
        None => folded.push(head),
    }
    let row = shown(model).get(at).map(|row| row.id(at));
    model.nav.select(row);
}

/// Whether the sides stand beside each other.
#[must_use]
pub fn is_split(model: &Model) -> bool {
    model.diff_looks.split && model.size.0 >= SPLIT_FROM
}

/// Beside each other, or below.
pub(super) fn split(model: &mut Model) {
    model.diff_looks.split = !model.diff_looks.split;
    if model.diff_looks.split && !is_split(model) {
        let text = "beside each other from 120 columns on; below each other until then";
        model.notice = Some(Clean::own(text));
    }
}

/// With what only the cluster set, or without.
pub(super) fn whole(model: &mut Model) {
    model.diff_looks.whole = !model.diff_looks.whole;
    let text = match model.diff_looks.whole {
        true => "with the fields that only the cluster set",
        false => "without the fields that only the cluster set",
    };
    model.notice = Some(Clean::own(text));
}

/// The cursor goes to the next difference, or the one before.
pub(super) fn hunk(model: &mut Model, forward: bool) {
    let found = {
        let rows = shown(model);
        let at = cursor(model.nav.place(), &rows);
        let differs = |row: &Row<'_>| match row {
            Row::Diff(line) => matches!(line.kind, DiffKind::Remove | DiffKind::Add),
            Row::Pair(left, right) => left != right,
            _ => false,
        };
        // A difference begins where the line before is none.
        let begins = |at: &usize| differs(&rows[*at]) && (*at == 0 || !differs(&rows[*at - 1]));
        let mut ahead = (at + 1..rows.len()).filter(begins);
        let mut behind = (0..at).rev().filter(begins);
        let to = if forward { ahead.next() } else { behind.next() };
        to.map(|to| to as isize - at as isize)
    };
    match found {
        Some(by) => super::cursor::step(model, by),
        None => model.notice = Some(Clean::own("no more differences this way")),
    }
}

/// Writes the difference into a file that `patch` takes.
pub(super) fn export(model: &mut Model) -> Vec<Effect> {
    let Some(detail) = &model.detail else { return Vec::new() };
    let (Part::Ready(found) | Part::Stale(found, _)) = &detail.diff else {
        model.notice = Some(Clean::own("there is no difference to write yet"));
        return Vec::new();
    };
    if found.patch.is_empty() {
        model.notice = Some(Clean::own("there is no difference"));
        return Vec::new();
    }
    let part = |text: &str| -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        text.chars().map(|c| if plain(c) { c } else { '_' }).collect()
    };
    let name = format!("{}-{}.patch", part(&detail.key.namespace), part(&detail.key.name));
    vec![Effect::Write(name, found.patch.clone())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::model::keymap::Keymap;

    #[test]
    fn what_was_removed_stands_beside_what_came_for_it() {
        let keymap = Keymap::default();
        let mut model = Model::new(keymap, jiff::Timestamp::UNIX_EPOCH);
        (model.size, model.diff_looks.split) = ((120, 40), true);
        let line =
            |kind, text: &str| DiffLine { kind, text: Clean::new(text), ..DiffLine::default() };
        let lines = [
            line(DiffKind::Head, "head"),
            line(DiffKind::Same, "a"),
            line(DiffKind::Remove, "b"),
            line(DiffKind::Remove, "c"),
            line(DiffKind::Add, "d"),
            line(DiffKind::Add, "e"),
            line(DiffKind::Add, "f"),
            line(DiffKind::Same, "g"),
        ];
        let side =
            |line: &Option<&DiffLine>| line.map_or("-", |line| line.text.as_str()).to_owned();
        let told: Vec<String> = rows(&model, &lines)
            .iter()
            .map(|row| match row {
                Row::Pair(left, right) => format!("{} {}", side(left), side(right)),
                Row::Diff(line) => line.text.to_string(),
                _ => String::new(),
            })
            .collect();
        assert_eq!(told, ["head", "a a", "b d", "c e", "- f", "g g"]);
    }
}
