//! The logs of an application's containers in every cluster, merged as they arrive. Pods that start
//! later are read too; a filter sees everything before the last lines are kept.
//!
//! Nothing is held here but what arrived within a moment: what a container writes faster than it is
//! taken waits on its node.

mod lines;
mod pods;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Task;
use super::world::World;
use crate::console::model::AppKey;
use crate::console::model::logs::{Ask, Batch, Level, LogLine};
use crate::console::model::query::Query;
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};
use lines::{Arrived, Source, Wanted};
use pods::Found;

/// Lines that arrive within this time are one message.
const GATHER: Duration = Duration::from_millis(100);
/// Lines of one message at most.
const MOST_TOGETHER: usize = 1_000;
/// Containers followed at most.
const MOST_CONTAINERS: usize = 100;

/// Follows until nobody listens.
pub async fn follow(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, key: AppKey, ask: Ask) {
    let (lines_tx, mut lines) = mpsc::channel::<Arrived>(1024);
    let (found_tx, mut found) = mpsc::channel::<Found>(64);
    let search = pods::find(world, key.clone(), ask.scope.clone(), found_tx);
    let _search = Task(tokio::spawn(search));
    let mut gathered = Gathered::new(key, ask, lines_tx);
    loop {
        let full = gathered.lines.len() >= MOST_TOGETHER;
        let due = gathered.due.filter(|_| !full);
        tokio::select! {
            biased;
            Some(found) = found.recv() => {
                if let Some(refused) = gathered.found(found) && tx.send(refused).await.is_err() {
                    return;
                }
            }
            Some(line) = lines.recv(), if !full => gathered.arrived(&line),
            () = until(due), if !full && due.is_some() => {
                if tx.send(gathered.told(false)).await.is_err() { return }
            }
            () = std::future::ready(()), if full => {
                let more = !lines.is_empty();
                if tx.send(gathered.told(more)).await.is_err() { return }
            }
            else => return,
        }
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// The containers that are read, as they are called: the last run of each, and what reads its runs.
type Readers = BTreeMap<(String, String), (i32, Vec<Task>)>;

/// What arrived since it was told last.
struct Gathered {
    key: AppKey,
    wanted: Arc<Wanted>,
    to: mpsc::Sender<Arrived>,
    readers: Readers,
    unread: BTreeSet<(String, String)>,
    lines: Vec<LogLine>,
    number: u64,
    due: Option<Instant>,
}

impl Gathered {
    fn new(key: AppKey, ask: Ask, to: mpsc::Sender<Arrived>) -> Self {
        let filter = Query::of_lines(&ask.filter);
        Self {
            key,
            wanted: Arc::new(Wanted { ask, filter }),
            to,
            readers: Readers::new(),
            unread: BTreeSet::new(),
            lines: Vec::new(),
            number: 0,
            due: None,
        }
    }

    /// Takes it in; answers what has to be told at once.
    fn found(&mut self, found: Found) -> Option<Msg> {
        match found {
            Found::Run(source) => self.run(*source),
            Found::Listed => {}
            Found::Refused(why) => return Some(self.part(Err(Clean::new(&why)))),
            Found::Failed(source, why) => {
                let text = format!("its pods cannot be read: {why}");
                self.arrived(&Arrived { source, time: None, text, ours: true, near: false });
            }
        }
        self.due = self.due.or_else(|| Some(Instant::now() + GATHER));
        None
    }

    /// Reads a run unless it is read already.
    fn run(&mut self, mut source: Source) {
        let id = (source.head.to_string(), source.container.clone());
        match self.readers.get(&id) {
            Some((run, _)) if *run >= source.run => return,
            // The run after one that was read is new from its first line on.
            Some(_) => source.new = true,
            None if self.readers.len() >= MOST_CONTAINERS => {
                self.unread.insert(id);
                return;
            }
            None => {}
        }
        let run = source.run;
        let task = tokio::spawn(source.read(self.wanted.clone(), self.to.clone()));
        let (last, tasks) = self.readers.entry(id).or_default();
        *last = run;
        // The run before may still have lines to read.
        tasks.retain(|task| !task.0.is_finished());
        tasks.push(Task(task));
    }

    fn arrived(&mut self, arrived: &Arrived) {
        self.number += 1;
        let level = if arrived.ours { Level::Warning } else { Level::of(&arrived.text) };
        self.lines.push(LogLine {
            number: self.number,
            time: arrived.time,
            source: arrived.source.clone(),
            text: Clean::new(&arrived.text),
            level,
            near: arrived.near,
        });
        self.due = self.due.or_else(|| Some(Instant::now() + GATHER));
    }

    /// What is told now; `more` when lines already wait behind it.
    fn told(&mut self, more: bool) -> Msg {
        self.due = None;
        let mut lines = std::mem::take(&mut self.lines);
        lines.sort_by_key(|line| (line.time.is_none(), line.time));
        let newest = lines.iter().filter_map(|line| line.time).max().filter(|_| more);
        let behind = newest.map(|time| Timestamp::now().as_second() - time.as_second());
        let batch = Batch { lines, sources: self.readers.len(), unread: self.unread.len(), behind };
        self.part(Ok(batch))
    }

    fn part(&self, batch: Result<Batch, Clean>) -> Msg {
        Msg::Part(self.key.clone(), PartUpdate::Logs(self.wanted.ask.generation, batch))
    }
}
