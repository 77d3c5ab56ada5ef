//! The bottom line: the keys that matter here, or what was just said. Shrinks by rank.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::clean;
use crate::console::model::compare::Side;
use crate::console::model::nav::Tab;
use crate::console::model::sheet::{Focus, Phase};
use crate::console::model::{Action, Model, State, View};
use crate::console::term::clean::Clean;
use crate::console::update::rows::Row;
use crate::console::update::sift;

/// An action and its word.
type Hint = (Action, &'static str);

/// Paints the line; `under` is the row under the cursor of what is in front.
pub(super) fn paint(canvas: &mut Canvas<'_>, area: Rect, model: &Model, under: Option<Row<'_>>) {
    if let Some(notice) = &model.notice {
        canvas.clean(area, area.x, notice, "title");
        return;
    }
    if model.nav.typing && model.sheet.is_none() {
        prompt(canvas, area, model);
        return;
    }
    let mut x = area.x;
    for (key, word) in hints(model, under) {
        let width = key.width() + word.len() + 3;
        if usize::from(x) + width > usize::from(area.right()) + 2 {
            break;
        }
        x = canvas.clean(area, x, &key, "key");
        x = canvas.own(area, x, " ", "muted");
        x = canvas.own(area, x, word, "muted");
        x = canvas.own(area, x, "  ", "muted");
    }
}

/// What is typed, and to the right of it what is wrong with it, or what it could become.
fn prompt(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let query = &model.nav.place().query;
    let x = canvas.own(area, area.x, "/", "key");
    let text = Clean::new(query.text()).end(usize::from(area.width) * 2 / 3);
    let x = canvas.clean(area, x, &text, "title");
    let x = canvas.own(area, x, "_", "cursor") + 2;
    if let Some(error) = query.error() {
        canvas.clean(area, x, error, "degraded");
        return;
    }
    let offers = sift::offered(model);
    if offers.is_empty() {
        let help = if query.is_empty() {
            "word  'exact  !not  re:pattern  health:waiting  cluster:eu-*  age:<1h"
        } else {
            "enter keeps  esc clears"
        };
        canvas.own(area, x, help, "muted");
        return;
    }
    let x = canvas.own(area, x, "tab ", "key");
    canvas.clean(area, x, &Clean::new(&offers.join("  ")), "muted");
}

fn hints(model: &Model, under: Option<Row<'_>>) -> Vec<(Clean, &'static str)> {
    if let Some(sheet) = &model.sheet {
        return sheet_hints(sheet.phase(), sheet.focus);
    }
    if model.picker.is_some() {
        return [("enter", "choose"), ("esc", "close"), ("up/down", "move"), ("tab", "complete")]
            .map(|(key, word)| (Clean::own(key), word))
            .into();
    }
    if model.help.is_some() {
        return vec![(Clean::own("up/down"), "scroll"), (Clean::own("any other key"), "closes")];
    }
    let bound = |(action, word): &Hint| {
        let key = (*model.keymap.keys_in(*action, model.nav.side()).first()?).to_owned();
        Some((Clean::new(&key), *word))
    };
    let (here, row) = here(model, under);
    here.iter().chain(row).filter_map(bound).collect()
}

fn sheet_hints(phase: Phase, focus: Focus) -> Vec<(Clean, &'static str)> {
    let enter = match (phase, focus) {
        (Phase::Ready, Focus::Commit) => "does it",
        (Phase::Ready, Focus::Reason | Focus::Code) => "next field",
        _ => "closes",
    };
    let mut hints = vec![(Clean::own("esc"), "cancel"), (Clean::own("enter"), enter)];
    if phase == Phase::Ready {
        hints.insert(1, (Clean::own("tab"), "next field"));
        hints.push((Clean::own("up/down"), "scroll"));
        if matches!(focus, Focus::Cancel | Focus::Commit) {
            hints.push((Clean::own("space"), "all lines"));
        }
    }
    hints
}

// The actions that matter most in each place, the most important first.

const LIST: &[Hint] = &[
    (Action::Open, "open"),
    (Action::Help, "help"),
    (Action::Palette, "go to"),
    (Action::Filter, "filter"),
    (Action::Apps, "all"),
    (Action::Clusters, "clusters"),
];
const GATE: &[Hint] = &[
    (Action::Approve, "approve..."),
    (Action::Back, "back"),
    (Action::Help, "help"),
    (Action::Diff, "diff"),
    (Action::Logs, "logs"),
    (Action::Hold, "hold..."),
    (Action::RollBack, "roll back..."),
    (Action::Terminate, "end..."),
];
const INFO: &[Hint] = &[
    (Action::Back, "back"),
    (Action::Help, "help"),
    (Action::Yaml, "yaml"),
    (Action::Events, "events"),
    (Action::Logs, "logs"),
    (Action::Filter, "filter"),
    (Action::Copy, "copy"),
    (Action::RollBack, "roll back..."),
];
const YAML: &[Hint] = &[
    (Action::Back, "back"),
    (Action::Help, "help"),
    (Action::Left, "fold"),
    (Action::Right, "unfold"),
    (Action::Noise, "server's fields"),
    (Action::Filter, "filter"),
    (Action::Info, "info"),
    (Action::Copy, "copy"),
];
const APP: &[Hint] = &[
    (Action::Back, "back"),
    (Action::Help, "help"),
    (Action::NextTab, "next"),
    (Action::Diff, "diff"),
    (Action::Logs, "logs"),
    (Action::Bundle, "archive"),
    (Action::RollBack, "roll back..."),
    (Action::Hold, "hold..."),
];
const RUN: &[Hint] = &[
    (Action::Back, "back"),
    (Action::Help, "help"),
    (Action::Hold, "hold..."),
    (Action::RollBack, "roll back..."),
    (Action::ReRun, "re-run..."),
    (Action::Diff, "diff"),
    (Action::Logs, "logs"),
    (Action::Bundle, "archive"),
];
const JOURNAL: &[Hint] = &[
    (Action::Back, "back"),
    (Action::Help, "help"),
    (Action::Undo, "undo..."),
    (Action::Filter, "filter"),
    (Action::Copy, "copy"),
];
const DIFF: &[Hint] = &[
    (Action::Repair, "repair..."),
    (Action::Allow, "allow..."),
    (Action::Back, "back"),
    (Action::Help, "help"),
    (Action::NextPair, "other sides"),
    (Action::NextHunk, "next"),
    (Action::SplitDiff, "beside"),
    (Action::FoldObject, "fold"),
    (Action::WholeDiff, "all fields"),
    (Action::ListOrder, "list order"),
    (Action::Blanks, "blanks"),
    (Action::ExportPatch, "patch"),
];
const SIDES: &[Hint] = &[
    (Action::Back, "back"),
    (Action::Help, "help"),
    (Action::NextPair, "other sides"),
    (Action::NextHunk, "next"),
    (Action::SplitDiff, "beside"),
    (Action::FoldObject, "fold"),
    (Action::RollBack, "roll back..."),
    (Action::ReApply, "re-apply..."),
    (Action::ListOrder, "list order"),
    (Action::Blanks, "blanks"),
    (Action::ExportPatch, "patch"),
];
const TREE: &[Hint] = &[
    (Action::Back, "back"),
    (Action::Help, "help"),
    (Action::Workflow, "workflow"),
    (Action::Diff, "diff"),
    (Action::Info, "info"),
    (Action::Events, "events"),
    (Action::Logs, "logs"),
    (Action::Trouble, "trouble"),
    (Action::Exec, "shell..."),
    (Action::RollBack, "roll back..."),
    (Action::Hold, "hold..."),
    (Action::Bundle, "archive"),
];
const LOGS: &[Hint] = &[
    (Action::Back, "back"),
    (Action::Help, "help"),
    (Action::Filter, "filter"),
    (Action::Bottom, "follow"),
    (Action::Wrap, "wrap"),
    (Action::Window, "further back"),
    (Action::Previous, "previous run"),
    (Action::Context, "lines around"),
    (Action::Containers, "container"),
    (Action::Times, "times"),
    (Action::Ruler, "ruler"),
];

/// The actions that matter most here. In a list, what differs from row to row
/// stands last: the rest of the line stays as it is while the cursor moves.
fn here(model: &Model, under: Option<Row<'_>>) -> (&'static [Hint], &'static [Hint]) {
    let waits = |key| model.fleet.apps.get(key).is_some_and(|app| app.gate().is_some());
    match &model.nav.place().view {
        View::App(_, Tab::Diff) => match model.nav.place().question.pair.right() {
            Side::Live => (DIFF, &[]),
            _ => (SIDES, &[]),
        },
        View::App(_, Tab::Info) => (INFO, &[]),
        View::App(_, Tab::Yaml) => (YAML, &[]),
        View::App(_, Tab::Logs) => (LOGS, &[]),
        View::App(key, _) if waits(key) => (GATE, &[]),
        View::App(_, Tab::Tree) => (TREE, &[]),
        View::App(_, Tab::Workflow) => (RUN, &[]),
        View::App(..) => (APP, &[]),
        View::Journal => (JOURNAL, &[]),
        View::Inbox | View::Apps | View::Clusters | View::Pulse => (LIST, on_row(model, under)),
    }
}

/// What can be done from a list with the row under the cursor.
fn on_row(model: &Model, under: Option<Row<'_>>) -> &'static [Hint] {
    const DIFF: Hint = (Action::Diff, "diff");
    const CALM: &[Hint] = &[DIFF, (Action::Workflow, "workflow")];
    const BROKEN: &[Hint] = &[(Action::Logs, "logs"), (Action::Events, "events")];
    const WAITS: &[Hint] = &[DIFF, (Action::Approve, "approve...")];
    const DRIFTED: &[Hint] = &[DIFF, (Action::Repair, "repair...")];
    const MARKED: &[Hint] = &[
        (Action::Approve, "approve..."),
        (Action::Hold, "hold..."),
        (Action::ReRun, "re-run..."),
        (Action::Unmark, "unmark"),
    ];
    if !model.nav.place().marks.is_empty() {
        return MARKED;
    }
    match under {
        Some(Row::Drift(..)) => DRIFTED,
        Some(Row::App(app)) if app.gate().is_some() => WAITS,
        Some(Row::App(app)) if model.fleet.drift_of(app).is_some() => DRIFTED,
        Some(Row::App(app)) if model.fleet.state(app) == State::Degraded => BROKEN,
        Some(Row::Cluster(_) | Row::Pulse(_) | Row::Gone(_)) => &[],
        _ => CALM,
    }
}

/// The key of an action for a sentence.
#[must_use]
pub(super) fn key(model: &Model, action: Action) -> Clean {
    let keys = model.keymap.keys(action).into_iter().map(Clean::new);
    keys.reduce(|a, b| clean![&a, " ", &b]).unwrap_or_default()
}
