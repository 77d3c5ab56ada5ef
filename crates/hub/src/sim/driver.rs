//! The one task of a simulated cluster: follows the store, runs controllers, carries plans out.
//!
//! Invariant: controllers always see their own writes, because the picture of the cluster is brought
//! up to date from the store after each of them. When nothing changes and no timer is due, it
//! sleeps: an idle cluster causes no request.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::identity::User;
use crate::json::{items, meta, text};
use crate::local::LocalApi;
use crate::schema::Schema;
use crate::sim::object::deleting;
use crate::sim::plan::{Action, Actor, Ctx, Note, Plan};
use crate::sim::recorder::Recorder;
use crate::sim::world::{Id, Kind, World, controller};
use crate::sim::{
    Options, budget, cron_job, daemon_set, deployment, job, kubelet, namespace, network, node,
    replica_set, scheduler, stateful_set, volume,
};
use crate::status::Status;
use crate::store::{Change, Collection};

/// How long a controller waits after a write of its was refused.
const RETRY: Duration = Duration::from_secs(5);

/// The state of a running simulation.
pub(crate) struct Driver {
    cluster: Cluster,
    options: Options,
    schema: Schema,
    apis: HashMap<Actor, LocalApi>,
    world: World,
    revision: u64,
    queue: VecDeque<Id>,
    queued: HashSet<Id>,
    timers: BTreeSet<(Timestamp, Id)>,
    due: HashMap<Id, Timestamp>,
    recorder: Recorder,
}

impl Driver {
    pub(crate) fn new(cluster: Cluster, options: Options) -> Self {
        let apis = Actor::ALL
            .into_iter()
            .map(|actor| {
                let user = User::new(&format!("system:{}", actor.agent()), &["system:masters"]);
                (actor, cluster.local(user, actor.agent()))
            })
            .collect();
        Self {
            cluster,
            options,
            schema: Schema::builtin(),
            apis,
            world: World::default(),
            revision: 0,
            queue: VecDeque::new(),
            queued: HashSet::new(),
            timers: BTreeSet::new(),
            due: HashMap::new(),
            recorder: Recorder::default(),
        }
    }

    /// Runs until it is dropped.
    pub(crate) async fn run(mut self) {
        let mut moved = self.cluster.revisions();
        self.read_everything();
        self.furnish().await;
        loop {
            self.follow();
            self.ring();
            if let Some(id) = self.queue.pop_front() {
                self.queued.remove(&id);
                self.step(&id).await;
                continue;
            }
            let now = self.cluster.clock().now();
            let expiry = self.recorder.next_expiry();
            if expiry.is_some_and(|at| at <= now) {
                self.recorder.expire(&self.apis[&Actor::Manager], now).await;
                continue;
            }
            let first = self.timers.first().map(|(at, _)| *at);
            let wake = [first, expiry].into_iter().flatten().min();
            let pause = wake.map(|at| pause(now, at));
            tokio::select! {
                changed = moved.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                () = sleep(pause) => {}
            }
        }
    }

    fn api(&self, actor: Actor) -> &LocalApi {
        &self.apis[&actor]
    }

    /// Reads the watched kinds as they are; every object is looked at.
    fn read_everything(&mut self) {
        let store = &self.cluster.inner.store;
        let mut found = Vec::new();
        self.revision = store.revision();
        for kind in Kind::watched() {
            let collection = Collection::new(kind.group(), kind.plural());
            for (key, object) in store.list(&collection, None).objects {
                found.push((Id { kind, key }, object));
            }
        }
        for (id, object) in found {
            self.world.insert(&id, object);
            self.mark(id);
        }
    }

    /// Nodes and classes of a cluster that has none.
    async fn furnish(&self) {
        let time = self.cluster.clock().time();
        if self.world.all(Kind::Node).next().is_none() {
            for number in 1..=self.options.nodes {
                let mut object = node::node(self.cluster.name(), number, &time);
                let path = Kind::Node.collection_path("");
                if self.api(Actor::Kubelet).create(&path, &object).await.is_ok() {
                    let path = format!("{path}/{}/status", meta(&object, "name"));
                    object["metadata"]["resourceVersion"] = Value::Null;
                    // The node stays without status when this fails, and is then not ready.
                    let patch = json!({"status": object["status"]});
                    let _ = self.api(Actor::Kubelet).merge(&path, &patch).await;
                }
            }
        }
        if self.options.volumes && self.world.all(Kind::StorageClass).next().is_none() {
            let path = Kind::StorageClass.collection_path("");
            // Somebody else's class of that name serves as well.
            let _ = self.api(Actor::Manager).create(&path, &node::storage_class()).await;
        }
    }

    /// Takes over what changed in the store since it was looked at last.
    fn follow(&mut self) {
        match self.cluster.inner.store.all_changes(self.revision) {
            Ok((changes, revision)) => {
                self.revision = revision;
                changes.iter().for_each(|change| self.changed(change));
            }
            Err(_) => {
                self.world = World::default();
                self.read_everything();
            }
        }
    }

    fn changed(&mut self, change: &Change) {
        let Some(id) = self.world.apply(change) else { return };
        for object in [Some(&change.object), change.previous.as_ref()].into_iter().flatten() {
            for other in self.concerned(&id, object) {
                self.mark(other);
            }
        }
        self.mark(id);
    }

    /// The other objects whose controllers care about a change of this one.
    fn concerned(&self, id: &Id, object: &Arc<Value>) -> Vec<Id> {
        let namespace = &id.key.namespace;
        let mut out = Vec::new();
        if let Some(owner) = controller(object)
            && let Some(kind) = Kind::named(text(owner, &["kind"]))
        {
            out.push(Id::new(kind, namespace, text(owner, &["name"])));
        }
        let all = |kind: Kind| self.world.inside(kind, namespace).map(move |o| Id::of(kind, o));
        match id.kind {
            Kind::Pod => {
                out.extend(all(Kind::Service));
                out.extend(all(Kind::PodDisruptionBudget));
                if controller(object).is_none() {
                    out.extend(all(Kind::ReplicaSet));
                }
                out.extend(claims_of(object, namespace));
            }
            Kind::ReplicaSet => {}
            Kind::PersistentVolumeClaim => {
                let uses = |pod: &&Arc<Value>| {
                    claims_of(pod, namespace).any(|claim| claim.key.name == id.key.name)
                };
                let pods = self.world.inside(Kind::Pod, namespace).filter(uses);
                out.extend(pods.map(|pod| Id::of(Kind::Pod, pod)));
                let volume = text(object, &["spec", "volumeName"]);
                if !volume.is_empty() {
                    out.push(Id::new(Kind::PersistentVolume, "", volume));
                }
            }
            Kind::ServiceAccount | Kind::ConfigMap => {
                out.push(Id::new(Kind::Namespace, "", namespace));
            }
            Kind::Node => {
                out.extend(self.world.all(Kind::DaemonSet).map(|o| Id::of(Kind::DaemonSet, o)));
                let waiting = |pod: &&Arc<Value>| text(pod, &["spec", "nodeName"]).is_empty();
                let pods = self.world.all(Kind::Pod).filter(waiting);
                out.extend(pods.map(|pod| Id::of(Kind::Pod, pod)));
            }
            _ => {}
        }
        out
    }

    fn mark(&mut self, id: Id) {
        if self.queued.insert(id.clone()) {
            self.queue.push_back(id);
        }
    }

    /// Queues the objects whose timers are due.
    fn ring(&mut self) {
        let now = self.cluster.clock().now();
        while let Some((at, id)) = self.timers.first().cloned() {
            if at > now {
                return;
            }
            self.timers.remove(&(at, id.clone()));
            self.due.remove(&id);
            self.mark(id);
        }
    }

    fn set_timer(&mut self, id: &Id, at: Option<Timestamp>) {
        if let Some(old) = self.due.remove(id) {
            self.timers.remove(&(old, id.clone()));
        }
        if let Some(at) = at {
            self.timers.insert((at, id.clone()));
            self.due.insert(id.clone(), at);
        }
    }

    /// Runs the controllers of one object and carries out what they want.
    async fn step(&mut self, id: &Id) {
        let Some(object) = self.world.get(id).cloned() else {
            return self.set_timer(id, None);
        };
        let now = self.cluster.clock().now();
        let mut plan = Plan::default();
        let ctx = Ctx { world: &self.world, now, options: &self.options };
        control(&ctx, id.kind, &object, &mut plan);
        self.set_timer(id, plan.wake);
        for action in plan.actions {
            if let Err(status) = self.carry_out(action, now).await {
                // A conflict means that the object moved on and is looked at again anyway.
                tracing::debug!(object = %id.path(), code = status.code, "{}", status.message);
                if status.code != 409 && status.code != 404 {
                    let at = now.checked_add(RETRY).unwrap_or(now);
                    self.set_timer(id, Some(at));
                }
                return;
            }
        }
    }

    async fn carry_out(&mut self, action: Action, now: Timestamp) -> Result<(), Status> {
        match action {
            Action::Create { kind, object, by, told } => {
                self.create(kind, &object, by, told, now).await
            }
            Action::Replace { kind, object, by } => self.replace(kind, object, by, "").await,
            Action::Status { kind, object, by } => self.replace(kind, object, by, "/status").await,
            Action::Bind { id, node } => {
                let body = json!({"apiVersion": "v1", "kind": "Binding",
                    "metadata": {"name": id.key.name, "namespace": id.key.namespace},
                    "target": {"apiVersion": "v1", "kind": "Node", "name": node}});
                let path = format!("{}/binding", id.path());
                self.api(Actor::Scheduler).create(&path, &body).await.map(drop)
            }
            Action::Delete { id, options, by } => {
                let mut body = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
                if let (Some(body), Some(options)) = (body.as_object_mut(), options.as_object()) {
                    body.extend(options.clone());
                }
                match self.api(by).delete(&id.path(), &body).await {
                    Err(status) if status.code == 404 => Ok(()),
                    other => other.map(drop),
                }
            }
            Action::Tell(note) => {
                self.recorder.tell(&self.apis[&Actor::Manager], &note, now).await;
                Ok(())
            }
        }
    }

    async fn create(
        &mut self,
        kind: Kind,
        object: &Value,
        by: Actor,
        told: Option<Note>,
        now: Timestamp,
    ) -> Result<(), Status> {
        let path = kind.collection_path(meta(object, "namespace"));
        let made = self.api(by).create(&path, object).await;
        let Some(mut note) = told else { return made.map(drop) };
        match &made {
            Ok(made) => note.message.push_str(meta(made, "name")),
            Err(status) => {
                note.warning = true;
                note.reason = "FailedCreate";
                note.message = format!("Error creating: {}", status.message);
            }
        }
        self.recorder.tell(&self.apis[&Actor::Manager], &note, now).await;
        made.map(drop)
    }

    /// Replaces an object or its status, unless that would change nothing.
    async fn replace(
        &mut self,
        kind: Kind,
        object: Value,
        by: Actor,
        subresource: &str,
    ) -> Result<(), Status> {
        let id = Id::of(kind, &object);
        let facts = self.schema.kind(&kind.api_version(), &kind.name());
        let object = match facts.map(|facts| self.schema.normalize(facts, object.clone())) {
            Some(Ok(normal)) => normal.value,
            _ => object,
        };
        if self.world.get(&id).is_some_and(|present| **present == object) {
            return Ok(());
        }
        let path = format!("{}{subresource}", id.path());
        self.api(by).replace(&path, &object).await.map(drop)
    }
}

/// The controllers of a kind.
fn control(ctx: &Ctx<'_>, kind: Kind, object: &Value, plan: &mut Plan) {
    match kind {
        Kind::Namespace => namespace::reconcile(ctx, object, plan),
        Kind::Pod if text(object, &["spec", "nodeName"]).is_empty() => {
            if deleting(object) {
                let options = json!({"gracePeriodSeconds": 0});
                plan.delete(Kind::Pod, object, options, Actor::Kubelet);
            } else {
                scheduler::reconcile(ctx, object, plan);
            }
        }
        Kind::Pod => kubelet::reconcile(ctx, object, plan),
        Kind::Deployment => deployment::reconcile(ctx, object, plan),
        Kind::ReplicaSet => replica_set::reconcile(ctx, object, plan),
        Kind::StatefulSet => stateful_set::reconcile(ctx, object, plan),
        Kind::DaemonSet => daemon_set::reconcile(ctx, object, plan),
        Kind::Job => job::reconcile(ctx, object, plan),
        Kind::CronJob => cron_job::reconcile(ctx, object, plan),
        Kind::Service => network::service(ctx, object, plan),
        Kind::Ingress => network::ingress(ctx, object, plan),
        Kind::PersistentVolumeClaim => volume::claim(ctx, object, plan),
        Kind::PersistentVolume => volume::volume(ctx, object, plan),
        Kind::PodDisruptionBudget => budget::reconcile(ctx, object, plan),
        _ => {}
    }
}

fn claims_of<'a>(pod: &'a Value, namespace: &'a str) -> impl Iterator<Item = Id> + 'a {
    items(pod, &["spec", "volumes"])
        .iter()
        .map(|v| text(v, &["persistentVolumeClaim", "claimName"]))
        .filter(|name| !name.is_empty())
        .map(move |name| Id::new(Kind::PersistentVolumeClaim, namespace, name))
}

/// From now until a moment, a little more so that the clock has surely passed it.
fn pause(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default() + Duration::from_millis(1)
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
