//! A sheet: headline, consequences, every write per cluster with its difference, reason, buttons. The
//! layout is the same for all verbs.

use ratatui::layout::Rect;

use super::age::age;
use super::canvas::Canvas;
use super::layout::Layout;
use crate::clean;
use crate::console::model::detail::DiffKind;
use crate::console::model::sheet::{Focus, Phase, PlanRow, PlanView, Stage, Target, Verb};
use crate::console::model::{Model, Sheet};
use crate::console::term::clean::Clean;

/// Paints the sheet.
pub(super) fn paint(canvas: &mut Canvas<'_>, layout: &Layout, model: &Model, sheet: &Sheet) {
    let body = layout.body();
    let foot = if sheet.code.is_some() { 3 } else { 2 };
    let above = body.height.saturating_sub(foot);
    let lines = lines(model, sheet, usize::from(body.width.saturating_sub(2)));
    let last = lines.len().saturating_sub(usize::from(above));
    for (row, (text, role)) in
        lines.iter().skip(sheet.offset.min(last)).take(usize::from(above)).enumerate()
    {
        let area = Rect { y: body.y + row as u16, height: 1, ..body };
        canvas.clean(area, 1, text, role);
    }
    if last > sheet.offset {
        let more = clean![" ", &Clean::number((last - sheet.offset) as u32), " more below "];
        let x = body.right().saturating_sub(more.width() as u16);
        canvas.clean(
            Rect { y: body.y + above.saturating_sub(1), height: 1, ..body },
            x,
            &more,
            "key",
        );
    }
    fields(canvas, Rect { y: body.y + above, height: 1, ..body }, model, sheet);
}

pub(super) type Line = (Clean, &'static str);

pub(super) fn lines(model: &Model, sheet: &Sheet, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some((_, moved)) = &sheet.moved {
        lines.extend(wrapped(&clean!["moved while you read: ", moved], width, "waiting"));
    }
    if let Some(target) = sheet.only() {
        stage(&mut lines, model, sheet, target, width);
        return lines;
    }
    lines.push((headline(sheet), "title"));
    for target in &sheet.targets {
        lines.push((Clean::default(), "text"));
        stage(&mut lines, model, sheet, target, width);
    }
    lines
}

/// How far one application is.
fn stage(lines: &mut Vec<Line>, model: &Model, sheet: &Sheet, target: &Target, width: usize) {
    let joint = if sheet.verb == Verb::Exec { " for " } else { " " };
    let about = clean![verb(sheet.verb), joint, &Clean::new(&target.key.to_string())];
    match &target.stage {
        Stage::Planning(since) => {
            lines.push((about, "title"));
            let age = age(model.now, Some(*since));
            lines.push((clean!["computing what would happen, ", &age], "muted"));
        }
        Stage::Ready(plan) if sheet.only().is_some() || sheet.whole => {
            plan_lines(lines, plan, sheet.whole, width);
        }
        // Of several, what follows is told in short; all lines are a key away.
        Stage::Ready(plan) => heads(lines, plan, width),
        Stage::Running(plan) => {
            lines.push((Clean::own("being carried out"), "progressing"));
            heads(lines, plan, width);
        }
        Stage::Refused(why) => {
            lines.push((about, "title"));
            lines.extend(wrapped(&clean!["refused: ", why], width, "degraded"));
        }
        Stage::Done(done) => lines.extend(wrapped(&clean!["done: ", done], width, "text")),
    }
}

/// What a sheet about several applications is called.
fn headline(sheet: &Sheet) -> Clean {
    let count = Clean::number(sheet.targets.len() as u32);
    let refused = sheet.targets.iter().filter(|it| matches!(it.stage, Stage::Refused(_))).count();
    let head = clean![verb(sheet.verb), " ", &count, " applications, one after the other"];
    match refused {
        0 => head,
        refused => clean![&head, "; ", &Clean::number(refused as u32), " cannot"],
    }
}

fn heads(lines: &mut Vec<Line>, plan: &PlanView, width: usize) {
    lines.extend(wrapped(&plan.headline, width, "title"));
    for consequence in &plan.consequences {
        lines.extend(wrapped(consequence, width, "text"));
    }
}

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Approve => "Approve",
        Verb::Hold => "Hold",
        Verb::RollBack => "Roll back",
        Verb::ReRun => "Run again",
        Verb::Terminate => "Terminate",
        Verb::Repair => "Repair",
        Verb::Exec => "Open a shell",
        Verb::Allow => "Allow",
        Verb::ReApply => "Re-apply",
    }
}

fn wrapped(text: &Clean, width: usize, role: &'static str) -> Vec<Line> {
    text.wrap(width, 8).into_iter().map(|line| (line, role)).collect()
}

fn plan_lines(lines: &mut Vec<Line>, plan: &PlanView, whole: bool, width: usize) {
    heads(lines, plan, width);
    let mut cluster = None;
    for row in &plan.rows {
        if cluster != Some(&row.cluster) {
            lines.push((Clean::default(), "text"));
            let told = "the controller will, as far as can be foreseen:";
            lines.push((clean!["in ", &Clean::new(&row.cluster), " ", told], "title"));
            cluster = Some(&row.cluster);
        }
        row_lines(lines, row, whole, width);
    }
    let mut cluster = None;
    for row in &plan.writes {
        if cluster != Some(&row.cluster) {
            lines.push((Clean::default(), "text"));
            lines.push((clean!["in ", &Clean::new(&row.cluster), " this writes:"], "title"));
            cluster = Some(&row.cluster);
        }
        row_lines(lines, row, whole, width);
    }
    if let Some(facts) = &plan.relies_on {
        lines.extend(wrapped(facts, width, "muted"));
    }
}

fn row_lines(lines: &mut Vec<Line>, row: &PlanRow, whole: bool, width: usize) {
    let text = clean!["  ", &Clean::new(&row.verb), " ", &row.object, ": ", &row.reason];
    lines.extend(wrapped(&text, width, if row.verb == "delete" { "degraded" } else { "text" }));
    let shown = if whole { &row.diff } else { &row.first };
    for line in shown {
        let (mark, role) = match line.kind {
            DiffKind::Head => ("    ", "muted"),
            DiffKind::Same => ("      ", "muted"),
            DiffKind::Remove => ("    - ", "diff-remove"),
            DiffKind::Add => ("    + ", "diff-add"),
        };
        // What differs may stand at the end of a long line.
        let parts = line.text.wrap(width.saturating_sub(8), 4);
        lines.extend(
            parts
                .iter()
                .enumerate()
                .map(|(at, part)| (clean![if at == 0 { mark } else { "        " }, part], role)),
        );
    }
}

/// Reason, code and buttons: always the last lines, whatever stands above.
fn fields(canvas: &mut Canvas<'_>, area: Rect, model: &Model, sheet: &Sheet) {
    let Phase::Ready = sheet.phase() else {
        button(canvas, Rect { y: area.y + 1, ..area }, 1, &Clean::own("Close"), true);
        return;
    };
    let mut y = area.y;
    field(canvas, area, "Why: ", &Clean::new(&sheet.reason), sheet.focus == Focus::Reason);
    y += 1;
    if let Some(code) = &sheet.code {
        let area = Rect { y, ..area };
        let label = clean!["Type ", &Clean::new(code), " to go on: "];
        let x = canvas.clean(area, 1, &label, "degraded");
        entry(canvas, area, x, &Clean::new(&sheet.typed), sheet.focus == Focus::Code);
        y += 1;
    }
    let area = Rect { y, ..area };
    let x = button(canvas, area, 1, &Clean::own("Cancel"), sheet.focus == Focus::Cancel);
    let word = match (sheet.only(), sheet.ready()) {
        (Some(_), _) => Clean::own(verb(sheet.verb)),
        (None, ready) => clean![verb(sheet.verb), " ", &Clean::number(ready as u32)],
    };
    let x = button(canvas, area, x + 1, &word, sheet.focus == Focus::Commit);
    if let Some(why) = sheet.obstacle(model.now) {
        canvas.own(area, x + 1, why, "muted");
    }
}

fn field(canvas: &mut Canvas<'_>, area: Rect, label: &'static str, text: &Clean, focus: bool) {
    let x = canvas.own(area, 1, label, if focus { "title" } else { "muted" });
    entry(canvas, area, x, text, focus);
}

/// The end of a long entry stays in sight.
fn entry(canvas: &mut Canvas<'_>, area: Rect, x: u16, text: &Clean, focus: bool) {
    let room = usize::from(area.right().saturating_sub(x + 1));
    let x = canvas.clean(area, x, &text.end(room), "text");
    if focus {
        canvas.own(area, x, "_", "cursor");
    }
}

fn button(canvas: &mut Canvas<'_>, area: Rect, x: u16, word: &Clean, focus: bool) -> u16 {
    let text = if focus { clean!["[ ", word, " ]"] } else { clean!["  ", word, "  "] };
    canvas.clean(area, x, &text, if focus { "title" } else { "muted" })
}
