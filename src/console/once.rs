//! A view without a terminal: what the console would show, once it is all there, as rows to print.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::effect::Runtime;
use super::effect::journal::Journal;
use super::effect::world::World;
use super::model::Model;
use super::model::address::Address;
use super::model::detail::Part;
use super::model::fleet::Reach;
use super::model::nav::{Tab, View};
use super::term::clean::Clean;
use super::update::{Effect, Msg, update};
use super::view::fields::{Fields, fields};

/// How long is waited for everything to be there.
const PATIENCE: Duration = Duration::from_secs(20);
/// Nothing more is on its way when nothing came for so long.
const QUIET: Duration = Duration::from_millis(400);

/// What a view shows.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The rows.
    pub rows: Vec<Fields>,
    /// What is missing in them, and why.
    pub missing: Vec<Clean>,
}

/// Looks at a place until all of it is there.
///
/// # Errors
/// A sentence: the hub cannot be read, the place is none, or what it shows cannot be had.
pub async fn once(
    mut model: Model,
    place: Address,
    world: Arc<dyn World>,
    journal: Journal,
) -> Result<Seen, String> {
    model.hub = Clean::new(&world.name());
    let (tx, mut messages) = mpsc::channel(1024);
    let mut runtime = Runtime::start(world, tx, journal);
    let until = Instant::now() + PATIENCE;
    let mut pending = update(&mut model, Msg::Go(place));
    if let Some(notice) = model.notice.take() {
        return Err(notice.to_string());
    }
    loop {
        pending.drain(..).filter(is_read).for_each(|effect| runtime.carry_out(effect));
        let quiet = is_there(&model).then(|| Instant::now() + QUIET);
        match timeout_at(quiet.unwrap_or(until).min(until), messages.recv()).await {
            Ok(Some(msg)) => pending = update(&mut model, msg),
            Ok(None) | Err(_) => break,
        }
    }
    model.now = Timestamp::now();
    seen(&model)
}

/// Whether an effect only reads: without a person nothing is changed.
fn is_read(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Show(..)
            | Effect::Compare(..)
            | Effect::Object(..)
            | Effect::Logs(..)
            | Effect::Leave
            | Effect::Probe
            | Effect::Journal
    )
}

/// Whether what the place shows has arrived.
fn is_there(model: &Model) -> bool {
    let asked = model.fleet.clusters.values().all(|cluster| cluster.reach != Reach::Asking);
    let fleet = model.fleet.complete || model.fleet.error.is_some();
    let detail = model.detail.as_ref();
    match &model.nav.place().view {
        View::Journal => model.journal.is_some(),
        View::Inbox | View::Apps => fleet,
        View::Clusters | View::Pulse => fleet && asked && !model.fleet.clusters.is_empty(),
        View::App(_, tab) => {
            let answered = detail.is_some_and(|detail| match tab {
                Tab::Workflow => true,
                Tab::Tree => is_answered(&detail.tree) && is_read_whole(model),
                Tab::Diff => is_answered(&detail.diff) && is_read_whole(model),
                Tab::Revisions => is_answered(&detail.revisions),
                Tab::Info => is_answered(&detail.info),
                Tab::Yaml => is_answered(&detail.yaml),
                Tab::Events => is_answered(&detail.events),
                Tab::Logs => is_answered(&detail.logs),
            });
            fleet && answered
        }
    }
}

fn is_answered<T>(part: &Part<T>) -> bool {
    !matches!(part, Part::None | Part::Loading(_))
}

/// A picture grows cluster by cluster; as long as one is not read, it says so.
fn is_read_whole(model: &Model) -> bool {
    !fields(model).iter().any(|row| {
        row.values().any(|value| value.as_str().is_some_and(|text| text.ends_with("not read yet")))
    })
}

fn seen(model: &Model) -> Result<Seen, String> {
    if let Some(error) = &model.fleet.error {
        return Err(format!("the hub cannot be read: {error}"));
    }
    if !is_there(model) {
        return Err(format!("not everything arrived within {} s", PATIENCE.as_secs()));
    }
    let place = model.nav.place();
    if let (View::App(key, tab), Some(detail)) = (&place.view, &model.detail) {
        if !model.fleet.apps.contains_key(key) {
            return Err(format!("there is no application {key}"));
        }
        if let Some(why) = detail.failure(*tab) {
            return Err(why.to_string());
        }
    }
    if let Some(error) = place.query.error() {
        return Err(error.to_string());
    }
    let unwatched = model.fleet.unwatched.iter().map(|(cluster, why)| {
        crate::clean!["drift in ", &Clean::new(cluster), " is not known: ", why]
    });
    let lists = matches!(place.view, View::Inbox | View::Apps);
    Ok(Seen { rows: fields(model), missing: unwatched.filter(|_| lists).collect() })
}
