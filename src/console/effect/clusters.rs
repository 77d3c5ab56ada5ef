//! Whether each cluster answers: one cheap watch per cluster, so that a cluster that stops answering
//! is seen without asking.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::Api;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt, watcher};
use mizzen_oam::{LOCAL_CLUSTER, SYSTEM_NAMESPACE};
use tokio::sync::mpsc;

use super::drift::News;
use super::world::World;
use super::{Task, words};
use crate::console::model::fleet::{Cluster, Reach};
use crate::console::term::clean::Clean;
use crate::console::update::Msg;

/// How long an answer to a small question may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Clusters that are asked at a time.
const WIDTH: usize = 32;

/// What a watch of one cluster says.
struct Heard {
    name: String,
    reach: Reach,
    error: Clean,
}

/// Watches the list of members and each cluster until nobody listens; whoever looks for drift hears
/// which of them answer.
pub(super) async fn watch(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, drift: mpsc::Sender<News>) {
    let (heard_tx, mut heard) = mpsc::channel(64);
    let mut clusters: BTreeMap<String, (Cluster, Task)> = BTreeMap::new();
    let mut membership = members_changed(&world);
    sync(&world, &mut clusters, &heard_tx).await;
    loop {
        let list: Vec<Cluster> = clusters.values().map(|(cluster, _)| cluster.clone()).collect();
        let up = list.iter().filter(|cluster| cluster.reach == Reach::Up);
        let up = up.map(|cluster| cluster.name.clone()).collect();
        if drift.send(News::Up(up)).await.is_err() {
            return;
        }
        if tx.send(Msg::Clusters(list)).await.is_err() {
            return;
        }
        tokio::select! {
            changed = membership.next() => match changed {
                Some(()) => sync(&world, &mut clusters, &heard_tx).await,
                None => membership = futures::stream::pending().boxed(),
            },
            Some(said) = heard.recv() => note(&mut clusters, said),
        }
    }
}

/// Fires whenever a Secret of the system namespace that may stand for a member changes.
fn members_changed(world: &Arc<dyn World>) -> futures::stream::BoxStream<'static, ()> {
    let api: Api<PartialObjectMeta<Secret>> = Api::namespaced(world.hub(), SYSTEM_NAMESPACE);
    let config = watcher::Config::default().labels(mizzen_oam::labels::CLUSTER_CREDENTIAL_TYPE);
    let events = watcher(api, config).default_backoff();
    events.filter_map(async |event| event.ok().map(drop)).boxed()
}

async fn sync(
    world: &Arc<dyn World>,
    clusters: &mut BTreeMap<String, (Cluster, Task)>,
    heard: &mpsc::Sender<Heard>,
) {
    let Ok(members) = world.members().await else {
        // Without the right to list members the hub alone is shown.
        start(world, clusters, heard, LOCAL_CLUSTER);
        return;
    };
    clusters.retain(|name, _| name == LOCAL_CLUSTER || members.contains(name));
    start(world, clusters, heard, LOCAL_CLUSTER);
    for member in &members {
        start(world, clusters, heard, member);
    }
}

fn start(
    world: &Arc<dyn World>,
    clusters: &mut BTreeMap<String, (Cluster, Task)>,
    heard: &mpsc::Sender<Heard>,
    name: &str,
) {
    if clusters.contains_key(name) {
        return;
    }
    let task = tokio::spawn(listen(world.clone(), name.to_owned(), heard.clone()));
    let cluster = Cluster { name: name.to_owned(), ..Cluster::default() };
    clusters.insert(name.to_owned(), (cluster, Task(task)));
}

async fn listen(world: Arc<dyn World>, name: String, heard: mpsc::Sender<Heard>) {
    let say = async |reach, error: &str| {
        let said = Heard { name: name.clone(), reach, error: Clean::new(error) };
        heard.send(said).await.is_ok()
    };
    let client = match world.client(&name).await {
        Ok(client) => client,
        Err(why) => {
            say(Reach::Down, &why).await;
            return;
        }
    };
    let api: Api<PartialObjectMeta<Namespace>> = Api::all(client);
    let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
    let mut last = (Reach::Asking, String::new());
    while let Some(event) = events.next().await {
        let (reach, error) = match event {
            // A list that begins is a question, not an answer.
            Ok(watcher::Event::Init) => continue,
            Ok(_) => (Reach::Up, String::new()),
            // A cluster that refuses to list its namespaces answers all the same.
            Err(watcher::Error::InitialListFailed(kube::Error::Api(status)))
                if status.code == 403 =>
            {
                (Reach::Up, String::new())
            }
            Err(error) => (Reach::Down, words::watch(&error)),
        };
        if (reach, &error) != (last.0, &last.1) {
            if !say(reach, &error).await {
                return;
            }
            last = (reach, error);
        }
    }
}

fn note(clusters: &mut BTreeMap<String, (Cluster, Task)>, said: Heard) {
    if let Some((cluster, _)) = clusters.get_mut(&said.name) {
        // Its watch was quiet as long as it answered.
        if said.reach == Reach::Up || cluster.reach == Reach::Up {
            cluster.heard = Some(Timestamp::now());
        }
        if cluster.reach != said.reach {
            cluster.since = Some(Timestamp::now());
        }
        cluster.reach = said.reach;
        cluster.error = said.error;
    }
}

/// Asks every cluster for its version, and tells how long the answer took; one that does not answer is
/// told by its watch.
pub(super) async fn probe(world: Arc<dyn World>, tx: mpsc::Sender<Msg>) {
    let mut names = world.members().await.unwrap_or_default();
    names.push(LOCAL_CLUSTER.to_owned());
    let one = |name: String| {
        let (world, tx) = (world.clone(), tx.clone());
        async move {
            let Ok(client) = world.client(&name).await else { return };
            // The first request may open the connection.
            for _ in 0..2 {
                let asked = Instant::now();
                let answer = tokio::time::timeout(PATIENCE, client.apiserver_version()).await;
                let Ok(Ok(version)) = answer else { return };
                let took = u32::try_from(asked.elapsed().as_millis()).unwrap_or(u32::MAX);
                let version = Clean::new(&version.git_version);
                // The console is gone when nobody listens.
                let _ = tx.send(Msg::Probed(name.clone(), took, version)).await;
            }
        }
    };
    futures::stream::iter(names).for_each_concurrent(WIDTH, one).await;
}
