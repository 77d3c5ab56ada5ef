//! Two sides of an application compared: object by object, the lines in which they differ; beside what
//! runs, who wrote each field that differs. What the cluster only completed, and lists in another order,
//! are no difference; they are counted, and shown when they are asked for.

mod lines;
mod live;
mod pairs;
mod shape;
mod sides;
pub(super) mod yaml;

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;

use super::resources;
use super::world::World;
use crate::console::model::AppKey;
use crate::console::model::compare::{Pair, Question, Side};
use crate::console::model::detail::{Comparison, DiffKind, DiffLine};
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};
use lines::Sides;

pub(super) use lines::redacted;
pub(super) use live::told;
pub(super) use sides::changes;

/// Follows a comparison until nobody listens.
pub(super) async fn follow(
    world: Arc<dyn World>,
    tx: mpsc::Sender<Msg>,
    key: AppKey,
    question: Question,
) {
    let runs = *question.pair.right() == Side::Live && *question.pair.left() != Side::Spec;
    if runs {
        return resources::compared(world, tx, key, question).await;
    }
    let mut changes = sides::changes(&world, &key, &question.pair);
    loop {
        let found = sides::both(world.as_ref(), &key, &question.pair).await;
        let told = found.map(|(left, right)| pairs::told(&left, &right, &question));
        let part = PartUpdate::Diff(question.clone(), told.map_err(|why| Clean::new(&why)));
        if tx.send(Msg::Part(key.clone(), part)).await.is_err() {
            return;
        }
        if futures::StreamExt::next(&mut changes).await.is_none() {
            return;
        }
    }
}

/// What is recorded of the left side, for a comparison with what runs.
pub(super) async fn recorded(
    world: &dyn World,
    key: &AppKey,
    pair: &Pair,
) -> Result<resources::Known, String> {
    match pair.left() {
        Side::Applied => resources::read(world, key).await,
        other => sides::recorded(world, key, other).await,
    }
}

/// One object that differs.
#[derive(Default)]
struct Object {
    /// Whether a policy lets it be.
    allowed: bool,
    lines: Vec<DiffLine>,
    whole: Vec<DiffLine>,
    patch: String,
    folded: shape::Folded,
}

impl Object {
    /// One of which there is only a sentence to say.
    fn said(text: &str) -> Self {
        let lines = vec![head_line(text)];
        Self { whole: lines.clone(), lines, ..Self::default() }
    }
}

/// What differs under a heading that names the sides and counts what is left out.
fn gathered(question: &Question, objects: Vec<Object>, same: u32, notes: &[String]) -> Comparison {
    let fields = objects.iter().map(|object| object.folded.fields).sum::<u32>();
    let lists = objects.iter().map(|object| object.folded.lists).sum::<u32>();
    let (left, right) = (question.pair.left().word(), question.pair.right().word());
    let head = notes
        .iter()
        .fold(format!("- {left}   + {right}   {same} without a difference"), |head, note| {
            format!("{head}, {note}")
        });
    let mut folded = head.clone();
    if fields > 0 {
        folded = format!("{folded}, {fields} fields of the cluster hidden");
    }
    if lists > 0 {
        folded = format!("{folded}, {lists} lists in another order");
    }
    let mut told = Comparison { lines: vec![head_line(&folded)], ..Comparison::default() };
    told.whole.push(head_line(&head));
    let (allowed, differ): (Vec<_>, Vec<_>) = objects.into_iter().partition(|it| it.allowed);
    add(&mut told, differ);
    if !allowed.is_empty() {
        let apart = "expected: a policy of the application lets what follows be";
        told.lines.push(head_line(apart));
        told.whole.push(head_line(apart));
        add(&mut told, allowed);
    }
    told
}

fn add(told: &mut Comparison, objects: Vec<Object>) {
    for object in objects {
        told.lines.extend(object.lines);
        told.whole.extend(object.whole);
        told.patch.push_str(&object.patch);
    }
}

fn head_line(text: &str) -> DiffLine {
    DiffLine { kind: DiffKind::Head, text: Clean::new(text), ..DiffLine::default() }
}

/// The lines in which two values differ, with a few around them.
pub(super) fn lines(before: &Value, after: &Value) -> Vec<DiffLine> {
    if before == after {
        return Vec::new();
    }
    Sides::new(&redacted(before), &redacted(after), false).lines(&Value::Null)
}
