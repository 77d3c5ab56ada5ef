//! Sheets: opening, keys, plans that arrive, worlds that move.

use std::collections::BTreeSet;

use super::super::model::compare::Side;
use super::super::model::nav::{Tab, View};
use super::super::model::picker::Choice;
use super::super::model::sheet::{Focus, Phase, PlanView, Sheet, Stage, Target, Verb};
use super::super::model::{App, AppKey, Model};
use super::rows::{Row, under_cursor};
use super::{Effect, marks};
use crate::clean;
use crate::console::term::clean::Clean;

/// More targets than these are far to reach.
const MANY: usize = 5;

/// Opens the sheet of a verb for what is marked, else for the application on screen or under the cursor.
pub(super) fn open(model: &mut Model, verb: Verb) -> Vec<Effect> {
    let marked = marks::apps(model);
    if !marked.is_empty() {
        return open_all(model, verb, marked.into_iter().map(|key| (key, None)).collect());
    }
    if on_tombstone(model) {
        model.notice = Some(Clean::own(super::key::GONE));
        return Vec::new();
    }
    let Some(key) = target(model) else {
        model.notice = Some(Clean::own("put the cursor on an application first"));
        return Vec::new();
    };
    let subject = chosen(model, verb);
    let gates = model.fleet.apps.get(&key).map_or(0, |app| app.gates().count());
    if verb == Verb::Approve && subject.is_none() && gates > 1 && barred(model, &key).is_none() {
        super::picker::open(model, Choice::Gate);
        return Vec::new();
    }
    open_all(model, verb, vec![(key, subject)])
}

/// Opens the sheet of a verb for some applications; none of them may be barred.
pub(super) fn open_all(
    model: &mut Model,
    verb: Verb,
    subjects: Vec<(AppKey, Option<String>)>,
) -> Vec<Effect> {
    if let Some(why) = subjects.iter().find_map(|(key, _)| barred(model, key)) {
        model.notice = Some(why);
        return Vec::new();
    }
    let clusters: BTreeSet<String> =
        subjects.iter().flat_map(|(key, _)| concerned(model, key)).collect();
    let reaches_far = subjects.len() > MANY || subjects.len() > 1 && clusters.len() > 1;
    let plan = |(key, subject): &(AppKey, Option<String>)| {
        Effect::Plan(verb, key.clone(), subject.clone())
    };
    let effects = subjects.iter().map(plan).collect();
    model.sheet = Some(Sheet::open(verb, subjects, reaches_far, model.now));
    effects
}

/// Opens the sheet of what undoes the last change, or says what there is instead.
pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    let Some((verb, key)) = model.last.clone() else {
        model.notice = Some(Clean::own("nothing was changed from here yet"));
        return Vec::new();
    };
    match verb.inverse() {
        Ok(inverse) => open_all(model, inverse, vec![(key, None)]),
        Err(instead) => {
            let about = Clean::new(&key.to_string());
            let text = clean!["no inverse of ", verb.word(), " of ", &about, ": ", instead];
            model.notice = Some(text);
            Vec::new()
        }
    }
}

/// Why nothing of an application may be changed now.
pub(super) fn barred(model: &Model, key: &AppKey) -> Option<Clean> {
    if !model.locked(&concerned(model, key)) {
        return None;
    }
    if model.read_only {
        return Some(Clean::own("started with --read-only: nothing can be changed here"));
    }
    let keys = model.keymap.keys(super::super::model::Action::Arm).join(" or ");
    Some(Clean::new(&format!("locked: {key} runs in production; {keys} arms the console")))
}

/// The clusters that a change of an application may concern: where it runs, where its policies send
/// it, and every cluster when they choose by label.
fn concerned(model: &Model, key: &AppKey) -> Vec<String> {
    let Some(app) = model.fleet.apps.get(key) else { return Vec::new() };
    let mut clusters = app.clusters();
    if app.chooses {
        clusters.extend(model.fleet.clusters.keys().cloned());
    }
    clusters
}

/// Whether the row that a verb would be about is gone. In a tree and in events it is about the
/// application all the same.
fn on_tombstone(model: &Model) -> bool {
    let about_row = !matches!(model.nav.app(), Some((_, Tab::Tree | Tab::Events)));
    about_row && matches!(under_cursor(model), Some(Row::Gone(_)))
}

/// The revision to roll back to, or the gate to approve, where the cursor is on one, or one is compared.
fn chosen(model: &Model, verb: Verb) -> Option<String> {
    if let (Verb::RollBack, View::App(_, Tab::Diff), Side::Revision(name)) =
        (verb, &model.nav.place().view, model.nav.place().question.pair.left())
    {
        return Some(name.clone());
    }
    match (verb, under_cursor(model)?) {
        // Back from the present one goes to the last that was well.
        (Verb::RollBack, Row::Revision(revision)) => {
            let app = model.nav.app().and_then(|(key, _)| model.fleet.apps.get(key));
            let present = app.is_some_and(|app| app.revision == revision.name);
            (!present).then(|| revision.name.to_string())
        }
        (Verb::Approve, _) if !marks::gates(model).is_empty() => {
            Some(marks::gates(model).join(","))
        }
        // Only what failed runs again by itself; of anything else, everything does.
        (Verb::ReRun, Row::Step(step)) if step.phase == "failed" => Some(step.name.to_string()),
        (Verb::Approve, Row::Step(step)) if step.phase == "suspending" => {
            Some(step.name.to_string())
        }
        _ => None,
    }
}

fn target(model: &Model) -> Option<AppKey> {
    if let Some((key, _)) = model.nav.app() {
        return Some(key.clone());
    }
    under_cursor(model)?.app().map(|app| app.key.clone())
}

/// A key while a sheet is in front.
pub(super) fn pressed(model: &mut Model, key: &str) -> Vec<Effect> {
    let now = model.now;
    let Some(sheet) = model.sheet.as_mut() else { return Vec::new() };
    if key == "esc" || key == "ctrl-c" {
        return close(model);
    }
    if sheet.is_deaf(now) {
        return Vec::new();
    }
    let ready = matches!(sheet.phase(), Phase::Ready);
    match (key, sheet.focus) {
        ("enter", _) if !ready => return close(model),
        ("tab", _) => sheet.focus = sheet.next_focus(),
        ("down", _) | ("page-down", _) => sheet.offset += 1,
        ("up", _) | ("page-up", _) => sheet.offset = sheet.offset.saturating_sub(1),
        ("enter", Focus::Commit) => return commit(model),
        ("enter", Focus::Cancel) => return close(model),
        ("enter", Focus::Reason | Focus::Code) => sheet.focus = sheet.next_focus(),
        ("space", Focus::Cancel | Focus::Commit) => sheet.whole = !sheet.whole,
        (key, Focus::Reason) => type_into(&mut sheet.reason, key),
        (key, Focus::Code) => type_into(&mut sheet.typed, key),
        _ => {}
    }
    Vec::new()
}

/// A paste goes into the reason when the focus is there.
pub(super) fn pasted(model: &mut Model, text: &str) -> bool {
    match model.sheet.as_mut() {
        Some(sheet) if sheet.focus == Focus::Reason => {
            sheet.reason.push_str(text);
            true
        }
        Some(_) => true,
        None => false,
    }
}

fn type_into(field: &mut String, key: &str) {
    match key {
        "backspace" => drop(field.pop()),
        "space" => field.push(' '),
        key if key.chars().count() == 1 => field.push_str(key),
        _ => {}
    }
}

fn commit(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    let Some(sheet) = model.sheet.as_mut() else { return Vec::new() };
    if let Some(why) = sheet.obstacle(now) {
        model.notice = Some(Clean::new(why));
        return Vec::new();
    }
    run_next(sheet).into_iter().collect()
}

/// The first target that can be carried out is.
fn run_next(sheet: &mut Sheet) -> Option<Effect> {
    let (at, plan) = sheet.next()?;
    let plan = plan.clone();
    let reason = sheet.reason.trim().to_owned();
    let effect = match sheet.verb {
        Verb::Exec => Effect::Exec(plan.number, reason),
        _ => Effect::Run(plan.number, reason),
    };
    sheet.targets[at].stage = Stage::Running(plan);
    Some(effect)
}

/// Closes it; what was planned is forgotten.
fn close(model: &mut Model) -> Vec<Effect> {
    let targets = model.sheet.take().map(|sheet| sheet.targets).unwrap_or_default();
    let plan = |target| match target {
        Target { stage: Stage::Ready(plan), .. } => Some(Effect::Forget(plan.number)),
        _ => None,
    };
    targets.into_iter().filter_map(plan).collect()
}

/// The plan arrived. When the sheet showed another one before, what moved is said.
pub(super) fn planned(
    model: &mut Model,
    verb: Verb,
    key: &AppKey,
    plan: Result<PlanView, Clean>,
) -> Vec<Effect> {
    let number = plan.as_ref().map(|plan| plan.number).ok();
    let now = model.now;
    let sheet = model.sheet.as_mut().filter(|sheet| sheet.verb == verb);
    let wanted = sheet.and_then(|sheet| {
        let moved = &mut sheet.moved;
        let target = sheet.targets.iter_mut().find(|target| target.key == *key)?;
        let open = !matches!(target.stage, Stage::Running(_) | Stage::Done(_));
        open.then_some((target, moved))
    });
    let Some((target, moved)) = wanted else {
        return number.map(Effect::Forget).into_iter().collect();
    };
    let before = match &target.stage {
        Stage::Ready(before) => Some(before.clone()),
        _ => None,
    };
    if let (Some(before), Ok(after)) = (&before, &plan)
        && (&before.headline, &before.rows, &before.writes)
            != (&after.headline, &after.rows, &after.writes)
    {
        *moved = Some((now, Clean::new("the plan changed while you were reading")));
    }
    target.stage = match plan {
        Ok(plan) => Stage::Ready(plan),
        Err(why) => Stage::Refused(why),
    };
    before.map(|plan| Effect::Forget(plan.number)).into_iter().collect()
}

/// A plan was carried out, and the next one is; or it was refused by a world that moved, and what is left
/// waits for the person.
pub(super) fn ran(model: &mut Model, number: u64, result: Result<Clean, Clean>) -> Option<Effect> {
    let Some(sheet) = model.sheet.as_mut() else {
        model.notice = Some(result.unwrap_or_else(|why| why));
        return None;
    };
    let is_it = |target: &&mut Target| matches!(&target.stage, Stage::Running(plan) if plan.number == number);
    let target = sheet.targets.iter_mut().find(is_it)?;
    let (key, result_of) = (target.key.clone(), &mut target.stage);
    match result {
        Err(why) => {
            *result_of = Stage::Refused(why);
            // What is left takes the whole gesture again.
            (sheet.focus, sheet.offset) = (Focus::Cancel, 0);
            sheet.typed.clear();
            None
        }
        Ok(done) => {
            *result_of = Stage::Done(done.clone());
            model.nav.unmark(&key);
            model.last = Some((sheet.verb, key));
            let next = run_next(sheet);
            if next.is_none() && sheet.phase() == Phase::Over {
                let all = sheet.targets.iter().all(|it| matches!(it.stage, Stage::Done(_)));
                model.notice = Some(told(sheet, done));
                if all {
                    model.sheet = None;
                }
            }
            next
        }
    }
}

/// What came of it.
fn told(sheet: &Sheet, done: Clean) -> Clean {
    if sheet.only().is_some() {
        return done;
    }
    let count = sheet.targets.iter().filter(|it| matches!(it.stage, Stage::Done(_))).count();
    let (done, all) = (Clean::number(count as u32), Clean::number(sheet.targets.len() as u32));
    clean![sheet.verb.word(), ": written for ", &done, " of ", &all, " applications"]
}

/// The application of an open sheet changed: the sheet says so, cannot be committed at once, and asks
/// for the plan of the world as it is now.
pub(super) fn moved(model: &mut Model, app: &App) -> Option<Effect> {
    let before = model.fleet.apps.get(&app.key)?;
    let gate = |app: &App| app.gate().map(|step| step.id.clone());
    let same = before.revision == app.revision
        && gate(before) == gate(app)
        && before.phase == app.phase
        && before.uid == app.uid;
    let sheet = model.sheet.as_mut().filter(|_| !same)?;
    let verb = sheet.verb;
    let target = sheet.target_mut(&app.key)?;
    if !matches!(target.stage, Stage::Ready(_) | Stage::Planning(_)) {
        return None;
    }
    let again = Effect::Plan(verb, app.key.clone(), target.subject.clone());
    let text =
        clean![&Clean::new(&app.key.to_string()), " is now ", &app.phase, " at ", &app.revision];
    sheet.moved = Some((model.now, text));
    Some(again)
}
