//! The only input and output of the console: watches, reads, plans and writes, as tasks that answer
//! with messages. What is asked for twice runs once; what is left is ended.

pub mod apps;
pub mod bookmarks;
mod bundle;
pub mod clusters;
pub mod compare;
pub(crate) mod drift;
pub mod events;
pub mod exec;
mod feed;
pub mod foresee;
pub mod intent;
pub mod journal;
pub mod live;
pub mod logs;
pub mod object;
pub mod read;
pub mod resources;
mod tree;
pub(crate) mod words;
pub mod world;

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::model::AppKey;
use super::model::compare::Question;
use super::model::logs::Ask;
use super::model::nav::Tab;
use super::model::object::ObjectRef;
use super::model::sheet::Verb;
use super::term::clean::Clean;
use super::update::{Effect, Known, Msg, PartUpdate};
use journal::{Journal, Line};
use world::{Prepared, Session, World};

/// Before what could not be asked is asked again; each time twice as long.
const FIRST_PAUSE: std::time::Duration = std::time::Duration::from_secs(1);
/// And never longer than this.
const LAST_PAUSE: std::time::Duration = std::time::Duration::from_secs(30);

/// Plans that are computed at a time.
const PLANNERS: usize = 4;

/// A task that ends with the value that holds it.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What is watched because it is on screen.
#[derive(Clone, PartialEq)]
enum Shown {
    Side(AppKey, Tab),
    Compared(AppKey, Question),
    Object(AppKey, Tab, ObjectRef),
    Logs(AppKey, Ask),
}

/// A plan that a person sees, and what it is about.
struct Planned {
    verb: Verb,
    key: AppKey,
    prepared: Prepared,
}

/// Runs effects. Dropping it ends everything.
pub struct Runtime {
    world: Arc<dyn World>,
    tx: mpsc::Sender<Msg>,
    always: Vec<Task>,
    shown: Option<(Shown, Task)>,
    planning: HashMap<AppKey, Task>,
    probing: Option<Task>,
    reading: Option<Task>,
    planners: Arc<Semaphore>,
    plans: Arc<std::sync::Mutex<HashMap<u64, Planned>>>,
    journal: Journal,
}

impl Runtime {
    /// Starts what is always watched: applications and clusters. What is changed is kept in a journal.
    pub fn start(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, journal: Journal) -> Self {
        let (news, told) = mpsc::channel(64);
        let always = vec![
            Task(tokio::spawn(apps::watch(world.clone(), tx.clone(), news.clone()))),
            Task(tokio::spawn(clusters::watch(world.clone(), tx.clone(), news))),
            Task(tokio::spawn(drift::watch(world.clone(), tx.clone(), told))),
            Task(tokio::spawn(read::identity(world.clone(), tx.clone()))),
        ];
        Self {
            world,
            tx,
            always,
            shown: None,
            planning: HashMap::new(),
            probing: None,
            reading: None,
            planners: Arc::new(Semaphore::new(PLANNERS)),
            plans: Arc::default(),
            journal,
        }
    }

    /// Whether the watches that never end still run.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.always.iter().any(|task| !task.0.is_finished())
    }

    /// Carries out an effect that concerns clusters; others are the loop's.
    pub fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Show(key, tab) => self.show(Shown::Side(key, tab)),
            Effect::Object(key, tab, object) => self.show(Shown::Object(key, tab, object)),
            Effect::Logs(key, ask) => self.show(Shown::Logs(key, ask)),
            Effect::Read(key) => {
                let (world, tx) = (self.world.clone(), self.tx.clone());
                self.reading = Some(Task(tokio::spawn(tree_once(world, tx, key))));
            }
            Effect::Compare(key, question) => self.show(Shown::Compared(key, question)),
            Effect::Leave => self.shown = None,
            Effect::Plan(verb, key, subject) => self.plan(verb, key, subject),
            Effect::Run(number, reason) => self.run(number, reason),
            Effect::Forget(number) => drop(lock(&self.plans).remove(&number)),
            Effect::Probe => {
                let probes = clusters::probe(self.world.clone(), self.tx.clone());
                self.probing = Some(Task(tokio::spawn(probes)));
            }
            Effect::Journal => self.tell_journal(),
            Effect::Bundle(key, known) => self.bundle(key, *known),
            Effect::Exec(..)
            | Effect::Bookmarks(_)
            | Effect::Write(..)
            | Effect::Copy(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit => {}
        }
    }

    fn show(&mut self, wanted: Shown) {
        if self.shown.as_ref().is_some_and(|(shown, _)| *shown == wanted) {
            return;
        }
        let (world, tx) = (self.world.clone(), self.tx.clone());
        let task = tokio::spawn(follow(world, tx, wanted.clone()));
        self.shown = Some((wanted, Task(task)));
    }

    fn plan(&mut self, verb: Verb, key: AppKey, subject: Option<String>) {
        let (world, tx, plans) = (self.world.clone(), self.tx.clone(), self.plans.clone());
        self.planning.retain(|_, task| !task.0.is_finished());
        let (planners, about) = (self.planners.clone(), key.clone());
        let task = tokio::spawn(async move {
            // Nobody closes them.
            let Ok(_permit) = planners.acquire_owned().await else { return };
            let planned = world.plan(verb, key.clone(), subject).await;
            let view = planned.map(|prepared| {
                let view = prepared.view.clone();
                let planned = Planned { verb, key: key.clone(), prepared };
                lock(&plans).insert(view.number, planned);
                view
            });
            // The console is gone when nobody listens.
            let _ = tx.send(Msg::Planned(verb, key, view.map_err(|why| Clean::new(&why)))).await;
        });
        self.planning.insert(about, Task(task));
    }

    /// The shell of the plan of this number, for whoever has a terminal for it.
    pub fn shell(&self, number: u64, reason: String) -> Option<Shell> {
        let planned = lock(&self.plans).remove(&number)?;
        let (world, journal) = (self.world.clone(), self.journal.clone());
        Some(Shell::of(world, journal, &planned.key, planned.prepared, reason))
    }

    /// Gathers what is known of an application into one file.
    fn bundle(&self, key: AppKey, known: Known) {
        let (world, tx) = (self.world.clone(), self.tx.clone());
        tokio::spawn(async move {
            let told = match bundle::write(&world, &key, known).await {
                Ok(told) => Clean::new(&told),
                Err(why) => Clean::new(&format!("no archive of {key}: {why}")),
            };
            // The console is gone when nobody listens.
            let _ = tx.send(Msg::Told(told)).await;
        });
    }

    /// A write that was begun is not ended by leaving the place it was begun from.
    fn run(&mut self, number: u64, reason: String) {
        let Some(planned) = lock(&self.plans).remove(&number) else { return };
        let (world, tx, journal) = (self.world.clone(), self.tx.clone(), self.journal.clone());
        tokio::spawn(async move {
            let line =
                begun(world.as_ref(), planned.verb, &planned.key, &planned.prepared, &reason);
            let result = match journal.write(&line) {
                Ok(()) => world.run(planned.prepared, reason).await,
                Err(why) => Err(format!("not begun, because it could not be kept: {why}")),
            };
            let (outcome, said) = match &result {
                Ok(said) => ("done", said),
                Err(why) => ("refused", why),
            };
            let over = Line { outcome: outcome.to_owned(), said: said.clone(), ..line };
            let kept = journal.write(&over);
            let clean = |text: String| Clean::new(&text);
            // It was done all the same, so it is told with what went wrong.
            let result = result.map(|said| match kept {
                Ok(()) => said,
                Err(why) => format!("{said}; its end could not be kept: {why}"),
            });
            let _ = tx.send(Msg::Ran(number, result.map(clean).map_err(clean))).await;
        });
    }

    fn tell_journal(&self) {
        let (journal, tx) = (self.journal.clone(), self.tx.clone());
        tokio::spawn(async move {
            // The console is gone when nobody listens.
            let _ = tx.send(Msg::Journal(journal.read())).await;
        });
    }
}

/// The line of the journal with which a plan begins.
fn begun(world: &dyn World, verb: Verb, key: &AppKey, prepared: &Prepared, reason: &str) -> Line {
    Line {
        change: format!("{}-{}", std::process::id(), prepared.view.number),
        hub: world.name(),
        verb: verb.word().to_owned(),
        application: key.to_string(),
        plan: prepared.view.headline.to_string(),
        reason: reason.to_owned(),
        outcome: "begun".to_owned(),
        ..Line::default()
    }
}

/// A shell that may be opened, with the journal that knows of it.
pub struct Shell {
    world: Arc<dyn World>,
    journal: Journal,
    line: Line,
    prepared: Prepared,
    reason: String,
}

impl Shell {
    /// The shell of a plan that was seen, for a reason; nothing is opened yet.
    #[must_use]
    pub fn of(
        world: Arc<dyn World>,
        journal: Journal,
        key: &AppKey,
        prepared: Prepared,
        reason: String,
    ) -> Self {
        let line = begun(world.as_ref(), Verb::Exec, key, &prepared, &reason);
        Self { world, journal, line, prepared, reason }
    }

    /// Opens it on a terminal of this size; it is in the journal before.
    ///
    /// # Errors
    /// A sentence: it cannot be kept, the world moved, or it was refused.
    pub async fn open(&self, size: (u16, u16)) -> Result<Session, String> {
        let unkept = |why| format!("not opened, because it could not be kept: {why}");
        self.journal.write(&self.line).map_err(unkept)?;
        self.world.open(&self.prepared, self.reason.clone(), size).await
    }

    /// It is over, or was never opened; what is to be told of that.
    pub fn close(self, how: Result<String, String>) -> Result<Clean, Clean> {
        let (outcome, said) = match &how {
            Ok(said) => ("done", said.clone()),
            Err(why) => ("refused", why.clone()),
        };
        let over = Line { outcome: outcome.to_owned(), said: said.clone(), ..self.line };
        let kept = self.journal.write(&over);
        if how.is_ok() {
            // Nobody waits for a hub that may not answer.
            let (world, prepared) = (self.world, self.prepared);
            tokio::spawn(async move { world.closed(&prepared, &said).await });
        }
        match (how, kept) {
            (Ok(said), Err(why)) => {
                Ok(Clean::new(&format!("{said}; its end could not be kept: {why}")))
            }
            (Ok(said), Ok(())) => Ok(Clean::new(&said)),
            (Err(why), _) => Err(Clean::new(&why)),
        }
    }
}

/// Reads the resource tree of an application once.
async fn tree_once(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, key: AppKey) {
    let tree = resources::once(world.as_ref(), &key).await.map_err(|why| Clean::new(&why));
    // The console is gone when nobody listens.
    let _ = tx.send(Msg::Part(key, PartUpdate::Tree(tree))).await;
}

/// Follows what is on screen until nobody listens.
async fn follow(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, shown: Shown) {
    let (key, tab) = match shown {
        Shown::Side(key, tab) => (key, tab),
        Shown::Object(key, tab, object) => {
            return object::follow(world, tx, key, tab, Some(object)).await;
        }
        Shown::Logs(key, ask) => return logs::follow(world, tx, key, ask).await,
        Shown::Compared(key, question) => return compare::follow(world, tx, key, question).await,
    };
    match tab {
        Tab::Tree => resources::tree(world, tx, key).await,
        Tab::Diff => compare::follow(world, tx, key, Question::default()).await,
        Tab::Revisions => read::revisions(world, tx, key).await,
        Tab::Info | Tab::Yaml => object::follow(world, tx, key, tab, None).await,
        Tab::Events => events::follow(world, tx, key).await,
        Tab::Logs => logs::follow(world, tx, key, Ask::default()).await,
        Tab::Workflow => {}
    }
}

/// An object as one of its type; nothing when it does not fit.
fn typed<T: DeserializeOwned>(object: impl Serialize) -> Option<T> {
    serde_json::from_value(serde_json::to_value(object).ok()?).ok()
}

fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
