//! What drifted anywhere in the fleet, found by watches: the trackers on the hub say what was
//! delivered, and one watch of each delivered kind in each cluster that answers says what is live.
//!
//! Nothing is asked before the applications are on screen, and nothing of a cluster that is down.

mod book;
pub(crate) mod change;
mod finding;
mod watches;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use mizzen_engine::plan::{ObjectId, Rules};
use mizzen_oam::{LOCAL_CLUSTER, ResourceTracker};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Task;
use super::world::World;
use crate::console::model::AppKey;
use crate::console::term::clean::Clean;
use crate::console::update::Msg;
use book::{Book, Kind};

/// Changes within this time are told once.
const GATHER: Duration = Duration::from_millis(80);
/// What is taken in before anything is done about it.
const BATCH: usize = 256;

/// What the other watches of the console know.
pub(super) enum News {
    /// How an application compares its objects; nothing when it is gone.
    Rules(AppKey, Option<Box<Rules>>),
    /// The first list of applications is through.
    AppsRead,
    /// The clusters that answer.
    Up(BTreeSet<String>),
}

/// What the watches of this room say.
pub(super) enum Heard {
    Tracker(String, Box<ResourceTracker>),
    NoTracker(String),
    /// All trackers that there are.
    Trackers(HashSet<String>),
    TrackersFailed(String),
    Object(ObjectId, Box<Value>),
    Gone(ObjectId),
    /// Everything of a kind, by [`ObjectId::key`].
    Listed(Kind, HashSet<String>),
    Failed(Kind, String),
}

/// The book with the watches that write it.
struct Desk {
    world: Arc<dyn World>,
    heard: mpsc::Sender<Heard>,
    book: Book,
    up: BTreeSet<String>,
    /// Whether the records are complete, so that it is known what to look at.
    ready: bool,
    trackers: Option<Task>,
    watches: BTreeMap<Kind, Task>,
    failed: BTreeMap<Kind, String>,
    trackers_failed: Option<String>,
    asking: Vec<Task>,
}

/// Watches until nobody listens.
pub(super) async fn watch(
    world: Arc<dyn World>,
    tx: mpsc::Sender<Msg>,
    mut news: mpsc::Receiver<News>,
) {
    let (heard_tx, mut heard) = mpsc::channel(BATCH);
    let mut desk = Desk::new(world, heard_tx);
    let mut told = BTreeMap::new();
    let mut quiet_until = Instant::now();
    let mut wake: Option<Instant> = None;
    loop {
        tokio::select! {
            news = news.recv() => match news {
                Some(news) => desk.take(news),
                None => return,
            },
            Some(said) = heard.recv() => {
                desk.hear(said);
                for said in std::iter::from_fn(|| heard.try_recv().ok()).take(BATCH) {
                    desk.hear(said);
                }
            }
            () = until(wake) => {}
        }
        desk.sync();
        if Instant::now() < quiet_until {
            wake = Some(quiet_until);
            continue;
        }
        let unwatched = desk.unwatched();
        if unwatched != told {
            told.clone_from(&unwatched);
            if tx.send(Msg::Unwatched(unwatched)).await.is_err() {
                return;
            }
        }
        let now = Timestamp::now();
        let drift = desk.book.take(now);
        if !drift.is_empty() {
            quiet_until = Instant::now() + GATHER;
            if tx.send(Msg::Drift(drift)).await.is_err() {
                return;
            }
        }
        wake = desk.book.due(now).map(|due| Instant::now() + wait(now, due));
    }
}

fn wait(now: Timestamp, due: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default()
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

impl Desk {
    fn new(world: Arc<dyn World>, heard: mpsc::Sender<Heard>) -> Self {
        Self {
            world,
            heard,
            book: Book::default(),
            up: BTreeSet::new(),
            ready: false,
            trackers: None,
            watches: BTreeMap::new(),
            failed: BTreeMap::new(),
            trackers_failed: None,
            asking: Vec::new(),
        }
    }

    fn take(&mut self, news: News) {
        match news {
            News::Rules(app, rules) => self.book.rules(&app, rules.map(|rules| *rules)),
            News::Up(up) => self.up = up,
            News::AppsRead => {
                let task = || watches::trackers(self.world.clone(), self.heard.clone());
                self.trackers.get_or_insert_with(|| Task(tokio::spawn(task())));
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        let now = Timestamp::now();
        match heard {
            Heard::Tracker(name, tracker) => self.book.tracker(&name, *tracker),
            Heard::NoTracker(name) => self.book.no_tracker(&name),
            Heard::Trackers(names) => {
                self.book.only(&names);
                self.trackers_failed = None;
                // Every kind is about to be listed.
                if !std::mem::replace(&mut self.ready, true) {
                    self.book.again();
                }
            }
            Heard::TrackersFailed(why) => self.trackers_failed = Some(why),
            Heard::Object(id, live) => self.book.object(&id, Some(&live), now),
            Heard::Gone(id) => self.book.object(&id, None, now),
            Heard::Listed(kind, keys) => {
                self.book.listed(&kind, &keys, now);
                self.failed.remove(&kind);
            }
            Heard::Failed(kind, why) => drop(self.failed.insert(kind, why)),
        }
    }

    /// Watches exactly what was delivered where clusters answer, and asks for what has to be seen again.
    fn sync(&mut self) {
        if !self.ready {
            return;
        }
        let wanted: BTreeSet<&Kind> =
            self.book.kinds().filter(|kind| self.up.contains(&kind.cluster)).collect();
        self.watches.retain(|kind, _| wanted.contains(kind));
        self.failed.retain(|kind, _| wanted.contains(kind));
        let new: Vec<Kind> =
            wanted.into_iter().filter(|kind| !self.watches.contains_key(kind)).cloned().collect();
        let again = self.book.again().into_iter();
        let again: Vec<ObjectId> =
            again.filter(|id| self.watches.contains_key(&Kind::of(id))).collect();
        for kind in new {
            let task = watches::kind_watch(self.world.clone(), self.heard.clone(), kind.clone());
            self.watches.insert(kind, Task(tokio::spawn(task)));
        }
        self.asking.retain(|task| !task.0.is_finished());
        if !again.is_empty() {
            let task = watches::ask(self.world.clone(), self.heard.clone(), again);
            self.asking.push(Task(tokio::spawn(task)));
        }
    }

    /// The clusters in which nobody looks for drift, and why.
    fn unwatched(&self) -> BTreeMap<String, Clean> {
        let failed = self.failed.iter().rev();
        let mut all: BTreeMap<String, Clean> =
            failed.map(|(kind, why)| (kind.cluster.clone(), Clean::sentence(why))).collect();
        if let Some(why) = &self.trackers_failed {
            all.insert(LOCAL_CLUSTER.to_owned(), Clean::sentence(why));
        }
        all
    }
}
