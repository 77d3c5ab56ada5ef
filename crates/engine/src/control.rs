//! The headless controller: applications, and runs without one, become due by events, and each is
//! looked at by itself.
//!
//! Invariant: only the holder of the lease writes; nothing is looked at twice at a time;
//! nothing is polled: a look that finds everything as it should be asks for no other.

mod context;
mod define;
mod deliver;
mod deploy;
mod event;
mod external;
mod features;
mod keep;
mod lately;
mod leader;
pub mod lease;
mod memories;
mod owner;
mod provide;
mod queue;
mod random;
mod reconcile;
mod refer;
mod rerun;
mod revise;
mod seen;
mod snapshot;
mod standalone;
mod status;
mod watch;
pub mod web;
mod work;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use kube::Client;

use crate::apply::Writer;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::render::{ClusterVersion, Compiler};
use crate::track::Trackers;
use crate::workflow::backoff::{Memory, Patience};
use event::Recorder;
pub use features::Features;
use lately::Lately;
use leader::Leader;
use memories::Memories;
use queue::{Key, Queue};
use reconcile::Again;
use watch::{Task, Watches};
use web::Web;

/// A look may take so long; then the application waits for its next turn, like one that failed.
const LONGEST_LOOK: Duration = Duration::from_secs(180);

/// How the controller runs.
#[derive(Clone)]
pub struct Options {
    /// Who holds the lease; none runs without one, as a test does that is alone.
    pub identity: Option<String>,
    /// Applications, and runs without one, that are looked at at a time.
    pub workers: usize,
    /// Revisions that are kept besides the one in use.
    pub revision_limit: usize,
    /// The version that applications may require; upstream's own says `UNKNOWN` when built from source.
    pub version: String,
    /// Whether drift and schedules are acted on as they happen. Without, they are found at the next
    /// look, as upstream does it.
    pub prompt: bool,
    /// Whether definitions get their revisions and schemas.
    pub definitions: bool,
    /// Revisions of a definition that are kept besides the one in use.
    pub definition_revision_limit: usize,
    /// How often an application is looked at that nothing calls for; never without.
    pub resync: Option<Duration>,
    /// What is turned on.
    pub features: Features,
    /// How patient runs are; whether they wait for a person is for [`Options::features`] to say.
    pub patience: Patience,
    /// How requests of steps are sent; over the network where none is given.
    pub web: Option<Arc<dyn Web>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            identity: None,
            workers: 4,
            revision_limit: 10,
            version: "UNKNOWN".to_owned(),
            prompt: true,
            definitions: true,
            definition_revision_limit: 20,
            resync: None,
            features: Features::default(),
            patience: Patience::default(),
            web: None,
        }
    }
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
enum Subject {
    /// An application.
    Application,
    /// A run without one.
    Run,
}

fn world() -> Result<Arc<dyn Web>, Error> {
    Ok(Arc::new(web::World::new().map_err(Error::Invalid)?))
}

/// Where the controller's time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The controller of one hub.
pub struct Controller {
    fleet: Fleet,
    writer: Writer,
    compiler: Arc<Compiler>,
    options: Options,
    clock: Clock,
    recorder: Recorder,
    queue: Arc<Queue>,
    runs: Arc<Queue>,
    definitions: Arc<Queue>,
    watches: Watches,
    memories: Memories,
    lately: Lately,
    web: Arc<dyn Web>,
    server: Mutex<ClusterVersion>,
}

impl Controller {
    /// A controller of the hub that the client reaches.
    ///
    /// # Errors
    /// When the packages that definitions import cannot be compiled.
    pub fn new(hub: Client, options: Options, clock: Clock) -> Result<Self, Error> {
        let fleet = Fleet::new(hub);
        let compiler = Compiler::new()
            .map_err(|failure| Error::Invalid(format!("built-in packages: {failure}")))?;
        Ok(Self {
            writer: Writer::new(fleet.clone()),
            fleet,
            compiler: Arc::new(compiler),
            web: options.web.clone().map_or_else(world, Ok)?,
            options,
            clock,
            recorder: Recorder::default(),
            queue: Arc::default(),
            runs: Arc::default(),
            definitions: Arc::default(),
            watches: Watches::default(),
            memories: Memories::default(),
            lately: Lately::default(),
            server: Mutex::default(),
        })
    }

    /// Runs until it is dropped, or until the lease is lost.
    ///
    /// # Errors
    /// When the lease cannot be had at all, or was lost to another controller.
    pub async fn run(self: Arc<Self>) -> Result<(), Error> {
        let mut leader = self.leader();
        if let Some(leader) = &mut leader {
            leader.lead().await?;
        }
        self.ask_version().await;
        let mut tasks = vec![
            Task(tokio::spawn(watch::applications(self.fleet.clone(), self.queue.clone()))),
            Task(tokio::spawn(standalone::watch(self.fleet.clone(), self.runs.clone()))),
        ];
        if self.options.definitions {
            for kind in define::KINDS {
                let watch = define::watch(self.fleet.clone(), self.definitions.clone(), kind);
                tasks.push(Task(tokio::spawn(watch)));
            }
            tasks.push(Task(tokio::spawn(self.clone().define())));
        }
        for _ in 0..self.options.workers.max(1) {
            tasks.push(Task(tokio::spawn(self.clone().work(Subject::Application))));
            tasks.push(Task(tokio::spawn(self.clone().work(Subject::Run))));
        }
        let lost = match &mut leader {
            Some(leader) => leader.hold().await,
            None => std::future::pending().await,
        };
        drop(tasks);
        Err(lost)
    }

    /// Gives the lease back, for a controller that is being stopped.
    ///
    /// # Errors
    /// When the lease cannot be read or written; then it expires by itself.
    pub async fn step_down(&self) -> Result<(), Error> {
        match &self.options.identity {
            Some(identity) => lease::release(&self.fleet, &self.writer, identity, self.now()).await,
            None => Ok(()),
        }
    }

    fn leader(&self) -> Option<Leader<'_>> {
        let identity = self.options.identity.as_deref()?;
        Some(Leader::new(&self.fleet, &self.writer, &self.clock, identity))
    }

    async fn work(self: Arc<Self>, subject: Subject) {
        let queue = match subject {
            Subject::Application => &self.queue,
            Subject::Run => &self.runs,
        };
        loop {
            let key = queue.next().await;
            let look = AssertUnwindSafe(self.look(subject, &key)).catch_unwind();
            let looked = tokio::time::timeout(LONGEST_LOOK, look).await;
            let why = match looked {
                Ok(Ok(Ok(again))) => {
                    queue.done(&key, again);
                    continue;
                }
                Ok(Ok(Err(error))) => error.to_string(),
                Ok(Err(_)) => "a bug of the controller stopped the look".to_owned(),
                Err(_) => format!("it took longer than {} s", LONGEST_LOOK.as_secs()),
            };
            tracing::warn!(namespace = key.0, name = key.1, ?subject, why, "reconciling");
            queue.failed(&key);
        }
    }

    async fn look(&self, subject: Subject, (namespace, name): &Key) -> Result<Again, Error> {
        match subject {
            Subject::Application => self.reconcile(namespace, name).await,
            Subject::Run => self.advance(namespace, name).await,
        }
    }

    /// Templates see the version of the hub.
    async fn ask_version(&self) {
        let request = http::Request::get("/version").body(Vec::new());
        let Ok(request) = request else { return };
        let Ok(info) = self.fleet.hub().request::<serde_json::Value>(request).await else { return };
        let text = |key: &str| info[key].as_str().unwrap_or_default().to_owned();
        let version = ClusterVersion {
            major: text("major"),
            minor: text("minor"),
            git_version: text("gitVersion"),
            platform: text("platform"),
        };
        *lock(&self.server) = version;
    }

    fn version(&self) -> ClusterVersion {
        lock(&self.server).clone()
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn memory(&self, uid: &str, begins: bool) -> Memory {
        let mut memory = self.memories.recall(uid, begins);
        let suspend_on_failure = self.options.features.suspend_on_failure;
        memory.patience = Patience { suspend_on_failure, ..self.options.patience };
        memory
    }

    fn remember(&self, uid: &str, memory: Memory) {
        self.memories.keep(uid, memory);
    }

    fn watch(&self, trackers: &Trackers) {
        if !self.options.prompt {
            return;
        }
        for tracker in trackers.in_order() {
            self.watches.cover(&self.fleet, &self.queue, tracker);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
