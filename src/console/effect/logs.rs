//! The logs of an application's containers in every cluster, merged as they arrive, bounded.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::{AsyncBufReadExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, LogParams};
use kube::{Api, ResourceExt};
use mizzen_oam::labels;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::world::World;
use super::{Task, resources};
use crate::console::model::AppKey;
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};

/// Lines kept.
const MOST_LINES: usize = 2_000;
/// Lines asked for at the start, of each container.
const TAIL: i64 = 100;
/// Lines that arrive within this time are one message.
const GATHER: Duration = Duration::from_millis(100);
/// Containers followed at most.
const MOST_CONTAINERS: usize = 50;

/// Follows until nobody listens.
pub async fn follow(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, key: AppKey) {
    let (lines_tx, mut lines) = mpsc::channel::<String>(1024);
    let send = async |part| tx.send(Msg::Part(key.clone(), PartUpdate::Logs(part))).await.is_ok();
    let sources = match start(&world, &key, &lines_tx).await {
        Ok(sources) => sources,
        Err(why) => {
            send(Err(Clean::new(&why))).await;
            return;
        }
    };
    if sources.is_empty() {
        send(Ok(vec![Clean::new("no container of this application runs anywhere")])).await;
        return;
    }
    drop(lines_tx);
    let mut kept: VecDeque<Clean> = VecDeque::new();
    let mut flush_at: Option<Instant> = None;
    loop {
        let next = match flush_at {
            Some(at) => tokio::time::timeout_at(at, lines.recv()).await.ok(),
            None => Some(lines.recv().await),
        };
        match next {
            Some(Some(line)) => {
                kept.push_back(Clean::new(&line));
                if kept.len() > MOST_LINES {
                    kept.pop_front();
                }
                flush_at = flush_at.or_else(|| Some(Instant::now() + GATHER));
            }
            Some(None) => {
                send(Ok(kept.into_iter().collect())).await;
                return;
            }
            None => {
                flush_at = None;
                if !send(Ok(kept.iter().cloned().collect())).await {
                    return;
                }
            }
        }
    }
}

/// One task per container of every Pod whose labels name one of the application's components.
async fn start(
    world: &Arc<dyn World>,
    key: &AppKey,
    lines: &mpsc::Sender<String>,
) -> Result<Vec<Task>, String> {
    let mut places: Vec<(String, String, String)> = Vec::new();
    for tracker in resources::records(world.as_ref(), key).await? {
        for entry in &tracker.spec.managed_resources {
            let namespace = entry.object().namespace.clone();
            places.push((entry.cluster().to_owned(), namespace, entry.component.clone()));
        }
    }
    places.sort();
    places.dedup();
    let mut tasks = Vec::new();
    for (cluster, namespace, component) in places {
        let Ok(client) = world.client(&cluster).await else { continue };
        let pods: Api<Pod> = Api::namespaced(client, &namespace);
        let selector = format!("{}={component}", labels::APP_COMPONENT);
        let Ok(found) = pods.list(&ListParams::default().labels(&selector)).await else { continue };
        for pod in found {
            for container in pod.spec.iter().flat_map(|spec| &spec.containers) {
                if tasks.len() < MOST_CONTAINERS {
                    let head = format!("{cluster}/{} {}", pod.name_any(), container.name);
                    let (pods, lines) = (pods.clone(), lines.clone());
                    let source = (pod.name_any(), container.name.clone());
                    tasks.push(Task(tokio::spawn(container_lines(pods, source, head, lines))));
                }
            }
        }
    }
    Ok(tasks)
}

async fn container_lines(
    pods: Api<Pod>,
    (pod, container): (String, String),
    head: String,
    lines: mpsc::Sender<String>,
) {
    let params = LogParams {
        container: Some(container),
        follow: true,
        tail_lines: Some(TAIL),
        ..LogParams::default()
    };
    let stream = match pods.log_stream(&pod, &params).await {
        Ok(stream) => stream,
        Err(error) => {
            let _ = lines.send(format!("{head}: cannot be read: {error}")).await;
            return;
        }
    };
    let mut read = stream.lines();
    while let Ok(Some(line)) = read.try_next().await {
        if lines.send(format!("{head}: {line}")).await.is_err() {
            return;
        }
    }
}
