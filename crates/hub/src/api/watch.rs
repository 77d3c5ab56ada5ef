//! Watches: the present state if asked for, then every change once, in order, line by line.
//!
//! A watch holds no task: it is a stream that is pulled by its reader. It wakes only when its own
//! collection changes, when its time is over, or to send a bookmark about a revision not yet told.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use http::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, Sleep};

use crate::api::Target;
use crate::api::convert;
use crate::api::negotiate::{self, Agreed, Shape};
use crate::api::options::ListOptions;
use crate::api::request::Request;
use crate::api::respond;
use crate::api::table::{self, Include};
use crate::body::Body;
use crate::catalog::Resource;
use crate::cluster::Inner;
use crate::json;
use crate::status::Status;
use crate::store::{Change, ChangeKind};

const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
const SHORTEST_DEFAULT: u64 = 1800;
const INITIAL_END: &str = "k8s.io/initial-events-end";

/// Answers a watch.
pub(crate) fn watch(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = ListOptions::parse(&request.query, &target.resource, true)?;
    let agreed = negotiate::agree(request.header(http::header::ACCEPT))?;
    let shaper = Shaper {
        resource: target.resource.clone(),
        include: Include::parse(request)?,
        agreed,
        told_columns: false,
    };
    let watcher = Watcher::new(cluster, target, options, shaper);
    Ok(respond::raw(StatusCode::OK, "application/json", Body::infallible(stream(watcher))))
}

fn stream(watcher: Watcher) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    futures::stream::unfold(watcher, |mut watcher| async move {
        let bytes = watcher.next().await?;
        Some((Ok(bytes), watcher))
    })
}

/// Turns objects into what the client accepts.
struct Shaper {
    resource: Arc<Resource>,
    include: Include,
    agreed: Agreed,
    told_columns: bool,
}

impl Shaper {
    fn shape(&mut self, stored: &Value, now: Timestamp) -> Value {
        let served = convert::serve(&self.resource, stored);
        match self.agreed.shape {
            Shape::Object => served,
            Shape::Metadata => respond::partial(&served, &self.agreed.version),
            Shape::Table => self.row(&served, now),
        }
    }

    /// Only the first row of a watch names the columns.
    fn row(&mut self, served: &Value, now: Timestamp) -> Value {
        let mut table = table::of(&self.resource, &[served], self.include, now);
        let version = served["metadata"]["resourceVersion"].clone();
        table["metadata"] = json!({"resourceVersion": version});
        if self.told_columns {
            table["columnDefinitions"] = Value::Null;
        }
        self.told_columns = true;
        table
    }

    fn bookmark(&mut self, revision: u64, initial_end: bool, now: Timestamp) -> Value {
        let mut metadata = json!({"resourceVersion": revision.to_string()});
        if initial_end {
            metadata["annotations"] = json!({INITIAL_END: "true"});
        }
        if self.resource.custom.is_none() && self.agreed.shape == Shape::Object {
            return self.blank(metadata);
        }
        let bare = json!({"metadata": metadata});
        match self.agreed.shape {
            Shape::Table => {
                let mut table = self.row(&convert::serve(&self.resource, &bare), now);
                table["rows"][0]["object"] =
                    respond::partial(&convert::serve(&self.resource, &bare), "v1");
                table
            }
            Shape::Object | Shape::Metadata => self.shape(&bare, now),
        }
    }

    fn blank(&self, metadata: Value) -> Value {
        json!({
            "kind": self.resource.kind,
            "apiVersion": self.resource.api_version(),
            "metadata": metadata,
        })
    }
}

enum Start {
    /// After this revision.
    After(u64),
    /// After the present one.
    Now,
    /// With the present state; whether a bookmark ends it.
    State { bookmark: bool },
}

struct Watcher {
    cluster: Arc<Inner>,
    target: Target,
    options: ListOptions,
    shaper: Shaper,
    start: Option<Start>,
    moved: watch::Receiver<u64>,
    line: watch::Receiver<u64>,
    cursor: u64,
    told: u64,
    pending: VecDeque<Bytes>,
    deadline: Pin<Box<Sleep>>,
    bookmark: Pin<Box<Sleep>>,
    ended: bool,
}

impl Watcher {
    fn new(cluster: &Arc<Inner>, target: &Target, options: ListOptions, shaper: Shaper) -> Self {
        let random = SHORTEST_DEFAULT + cluster.names.next() % SHORTEST_DEFAULT;
        let lifetime = options.timeout.unwrap_or(Duration::from_secs(random));
        let start = start(&options);
        Self {
            cluster: cluster.clone(),
            target: target.clone(),
            shaper,
            start: Some(start),
            moved: cluster.store.subscribe(&target.resource.storage),
            line: cluster.line.subscribe(),
            cursor: 0,
            told: 0,
            pending: VecDeque::new(),
            deadline: Box::pin(tokio::time::sleep(lifetime)),
            bookmark: Box::pin(tokio::time::sleep(BOOKMARK_EVERY)),
            options,
            ended: false,
        }
    }

    /// The next burst of lines; `None` when the watch is over.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(start) = self.start.take() {
            self.begin(&start);
        }
        loop {
            if let Some(burst) = self.burst() {
                return Some(burst);
            }
            if self.ended {
                return None;
            }
            self.collect();
            if self.pending.is_empty() && !self.ended {
                self.wait().await;
            }
        }
    }

    fn burst(&mut self) -> Option<Bytes> {
        match self.pending.len() {
            0 => None,
            1 => self.pending.pop_front(),
            _ => Some(Bytes::from(self.pending.drain(..).collect::<Vec<_>>().concat())),
        }
    }

    async fn wait(&mut self) {
        tokio::select! {
            biased;
            _ = self.line.changed() => self.ended = true,
            moved = self.moved.changed() => self.ended = moved.is_err(),
            () = self.deadline.as_mut() => self.finish(),
            () = self.bookmark.as_mut(), if self.options.bookmarks => self.remind(),
        }
    }

    fn finish(&mut self) {
        self.collect();
        self.remind();
        self.ended = true;
    }

    /// A bookmark, if there is a revision that the client does not know yet.
    fn remind(&mut self) {
        self.bookmark.as_mut().reset(Instant::now() + BOOKMARK_EVERY);
        if self.options.bookmarks && self.cursor > self.told {
            self.push_bookmark(false);
        }
    }

    fn push_bookmark(&mut self, initial_end: bool) {
        let now = self.cluster.clock.now();
        let object = self.shaper.bookmark(self.cursor, initial_end, now);
        self.pending.push_back(respond::line("BOOKMARK", &object));
        self.told = self.cursor;
    }

    fn begin(&mut self, start: &Start) {
        match start {
            Start::After(revision) => self.cursor = *revision,
            Start::Now => self.cursor = self.cluster.store.revision(),
            Start::State { bookmark } => {
                let namespace = &self.target.namespace;
                let namespace = (!namespace.is_empty()).then_some(namespace.as_str());
                let snapshot = self.cluster.store.list(&self.target.resource.storage, namespace);
                self.cursor = snapshot.revision;
                for (_, object) in &snapshot.objects {
                    if self.options.selects(object) {
                        self.push("ADDED", object);
                    }
                }
                if *bookmark {
                    self.push_bookmark(true);
                }
            }
        }
        self.told = self.cursor;
    }

    fn collect(&mut self) {
        self.moved.mark_unchanged();
        match self.cluster.store.changes(&self.target.resource.storage, self.cursor) {
            Ok((changes, revision)) => {
                for change in &changes {
                    self.tell(change);
                }
                self.cursor = self.cursor.max(revision);
            }
            Err(compacted) => {
                let text =
                    format!("too old resource version: {} ({})", self.cursor, compacted.oldest);
                let status = Status::expired(text).to_json();
                self.pending.push_back(respond::line("ERROR", &status));
                self.ended = true;
            }
        }
    }

    /// What a change means to this watch: an object may enter or leave its selection.
    fn tell(&mut self, change: &Change) {
        if !self.target.namespace.is_empty() && change.key.namespace != self.target.namespace {
            return;
        }
        let was = change.previous.as_ref().is_some_and(|p| self.options.selects(p));
        let is = change.kind != ChangeKind::Deleted && self.options.selects(&change.object);
        match (was, is) {
            (false, true) => self.push("ADDED", &change.object),
            (true, true) => self.push("MODIFIED", &change.object),
            (true, false) => self.push_left(change),
            (false, false) => return,
        }
        self.told = change.revision;
    }

    /// DELETED carries the last matching state with the new revision.
    fn push_left(&mut self, change: &Change) {
        let Some(previous) = &change.previous else { return };
        if change.kind == ChangeKind::Deleted {
            return self.push("DELETED", &change.object);
        }
        let mut last = (**previous).clone();
        json::set_meta(&mut last, "resourceVersion", change.revision.to_string());
        self.push("DELETED", &last);
    }

    fn push(&mut self, event: &str, stored: &Value) {
        let object = self.shaper.shape(stored, self.cluster.clock.now());
        self.pending.push_back(respond::line(event, &object));
    }
}

/// Where a watch starts. Without a revision it starts with the present state.
fn start(options: &ListOptions) -> Start {
    match (options.initial_events, options.version) {
        (Some(true), _) => Start::State { bookmark: options.bookmarks },
        (Some(false), None | Some(0)) => Start::Now,
        (_, Some(version)) if version > 0 => Start::After(version),
        (_, _) => Start::State { bookmark: options.bookmarks },
    }
}
